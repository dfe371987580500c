import { readFileSync } from 'node:fs';
import { notCached } from './cache/not-cached.ts';
import type { EntryTable } from './copy/entry-table.ts';
import type { LayerInstruction } from './instructions/layer-steps.ts';
import type { BuildSession } from './session.ts';

/** What is copied meanwhile keeps the user without progress: more than this is the worker's. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_ENTRIES = 1000;

/** /proc/PID/uid_map and gid_map of the machine's first user namespace. */
const EVERY_ID = /^\s*0\s+0\s+4294967295\s*$/;

/** A step that is not in the cache, as the attempt sees it. */
export interface MissedStep {
  readonly instruction: LayerInstruction;
  /** Whether the step belongs to the stage that becomes the image, which no other stage needs. */
  readonly isOfTarget: boolean;
  /** Whether a later step of the stage reads the root filesystem. */
  readonly isRead: boolean;
  /** Whether it copies from a stage, an image or a named context. */
  readonly hasSources: boolean;
}

/**
 * A build in its caller's process: of what is in the cache, and of a last COPY that is not. That needs no namespace and no mount where
 * the layers below are unpacked; it is most of what a change of an interpreted program needs.
 */
export class Attempt {
  #madeLayer = false;
  #seesAllIds: boolean | undefined;

  /** Whether the image has a layer that was made now, which the registry has not. */
  get madeLayer(): boolean {
    return this.#madeLayer;
  }

  noteLayer(): void {
    this.#madeLayer = true;
  }

  /** The session of a step that may be made here although it is not in the cache; that of all others ends the attempt. */
  sessionFor(session: BuildSession, step: MissedStep): BuildSession {
    if (!this.#mayMake(step)) return session;
    return { ...session, onlyCached: false, rung: () => Promise.reject(notCached()) };
  }

  /** Throws NOT_CACHED where so much is copied that people want to see it. */
  requireFew(entries: EntryTable): void {
    let bytes = 0;
    if (entries.size > MOST_ENTRIES) throw notCached();
    for (const { size } of entries) bytes += size;
    if (bytes > MOST_BYTES) throw notCached();
  }

  #mayMake({ instruction, isOfTarget, isRead, hasSources }: MissedStep): boolean {
    if (instruction.kind !== 'copy' || !isOfTarget || isRead || hasSources) return false;
    // Names would be looked up in files of the merged root.
    if (!/^[\d:]*$/.test(instruction.chown ?? '')) return false;
    // The owners of the image's folders are to be seen as the worker sees them.
    this.#seesAllIds ??= seesAllIds();
    return this.#seesAllIds;
  }
}

function seesAllIds(): boolean {
  const maps = ['/proc/self/uid_map', '/proc/self/gid_map'];
  return process.geteuid?.() === 0 && maps.every((file) => EVERY_ID.test(readFileSync(file, 'utf8')));
}

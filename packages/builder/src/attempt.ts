import { inInitialUserNamespace, ownCapabilities, subordinateRanges } from '@slipway/containers';
import type { Instruction } from '@slipway/dockerfile';
import { notCached } from './cache/not-cached.ts';
import type { EntryTable } from './copy/entry-table.ts';
import { isLayerInstruction, type LayerInstruction } from './instructions/layer-steps.ts';
import type { BuildSession } from './session.ts';

/** What is copied meanwhile keeps the user without progress: more than this is the worker's. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_ENTRIES = 1000;

/** What it takes to map all ids into a user namespace, and to give files to them. */
const MAPPING = ['CAP_CHOWN', 'CAP_SETUID', 'CAP_SETGID', 'CAP_SETFCAP'];

/** `all` as they are; or those of `root` as ours, since the worker has subordinate ids. */
type SeenOwners = 'all' | 'root';

/** A step that is not in the cache, as the attempt sees it. */
interface MissedStep {
  readonly instruction: LayerInstruction;
  /** Whether the step belongs to the stage that becomes the image, which no other stage needs. */
  readonly isOfTarget: boolean;
  /** What comes after it in the stage: it will miss, too. */
  readonly later: readonly Instruction[];
}

/**
 * A build in its caller's process: of what is in the cache, and of COPYs at its end that are not. Those need no namespace and no
 * mount where the layers below are unpacked; they are most of what a change of an interpreted program needs.
 */
export class Attempt {
  #madeLayer = false;
  #owners: Promise<SeenOwners | undefined> | undefined;

  /** Whether the image has a layer that was made now, which the registry has not. */
  get madeLayer(): boolean {
    return this.#madeLayer;
  }

  /** How the owners of the image's files look from here; undefined where the worker may see them otherwise. */
  owners(): Promise<SeenOwners | undefined> {
    this.#owners ??= seenOwners();
    return this.#owners;
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

  #mayMake({ instruction, isOfTarget, later }: MissedStep): boolean {
    const steps = [instruction, ...later.filter(isLayerInstruction)];
    return isOfTarget && steps.every(isPlainCopy);
  }
}

/** Of the context or the Dockerfile itself; names of users would be looked up in files of the merged root. */
function isPlainCopy(step: LayerInstruction): boolean {
  return step.kind === 'copy' && step.from === undefined && /^[\d:]*$/.test(step.chown ?? '');
}

async function seenOwners(): Promise<SeenOwners | undefined> {
  if (!inInitialUserNamespace()) return undefined;
  if (process.geteuid?.() !== 0) return (await subordinateRanges()) && 'root';
  // Without one of these the worker has one id, and owners are recorded beside the files.
  const held = ownCapabilities();
  return MAPPING.every((name) => held.includes(name)) ? 'all' : undefined;
}

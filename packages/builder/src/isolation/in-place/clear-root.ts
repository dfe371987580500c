import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { type BytePath, hostPath, joinPath, ROOT_PATH } from '../../copy/byte-path.ts';
import type { HeldPaths } from './held-paths.ts';
import { OwnContainer } from './own-container.ts';

/** The root folder, as functions take it that append a slash and a path. */
export const ROOT = '/.';

/** Deletes files of the root folder of this container, and of no other place. */
export class RootCleaner {
  readonly #held: HeldPaths;
  readonly #device: bigint;

  /** Throws ISOLATION_UNAVAILABLE: whoever deletes has looked where he is right before. */
  constructor(held: HeldPaths) {
    this.#device = OwnContainer.require().device;
    this.#held = held;
  }

  /** Deletes all but what is held. */
  clear(): void {
    this.#empty(ROOT_PATH);
  }

  /** Deletes what is at a path, all but what is held below it. */
  remove(path: BytePath): void {
    if (path === ROOT_PATH || this.#held.holds(path)) return;
    const file = hostPath(ROOT, path);
    const stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return;
    if (!stat.isDirectory()) {
      this.#unless(['EBUSY'], () => unlinkSync(file));
      return;
    }
    // Another file system: something was mounted there after the mounts were read.
    if (stat.dev !== this.#device) return;
    this.#empty(path);
    if (!this.#held.isAbove(path)) this.#unless(['EBUSY', 'ENOTEMPTY'], () => rmdirSync(file));
  }

  #empty(folder: BytePath): void {
    for (const name of readdirSync(hostPath(ROOT, folder), { encoding: 'buffer' }))
      this.remove(joinPath(folder, name.toString('latin1')));
  }

  /** What something is mounted on cannot be deleted, and need not be. */
  #unless(codes: readonly string[], action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && codes.includes(String(error.code)))) throw error;
    }
  }
}

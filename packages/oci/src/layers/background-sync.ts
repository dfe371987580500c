import { startTool } from './tools.ts';

/**
 * Brings folders of one file system to the disk with sync(1), later and in the background, many with one run. Work that is not
 * done when the process ends is lost; whoever relies on it must be able to ask again.
 */
export class BackgroundSync {
  readonly #delayMs: number;
  readonly #waiting = new Map<string, () => Promise<void>>();
  #scheduled = false;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Calls `onSynced` when all that is in the folder now has reached the disk. Never throws. */
  request(folder: string, onSynced: () => Promise<void>): void {
    this.#waiting.set(folder, onSynced);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setTimeout(() => void this.#run(), this.#delayMs).unref();
  }

  async #run(): Promise<void> {
    const folders = [...this.#waiting];
    this.#waiting.clear();
    this.#scheduled = false;
    const [first] = folders.at(-1) ?? [];
    if (first === undefined) return;
    const { child, done } = startTool('sync', ['-f', first]);
    child.unref();
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
    try {
      await done;
      for (const [, onSynced] of folders) await onSynced();
    } catch {
      // A folder was removed meanwhile, or there is no sync: who needs it asks again.
    }
  }
}

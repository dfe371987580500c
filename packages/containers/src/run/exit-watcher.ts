import { type FSWatcher, watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What conmon wrote when a container ended. */
export interface ExitRecord {
  readonly exitCode: number;
  readonly finishedAt: Date;
}

/** Waits for the files that conmon renames into its exit folder, one a container; one inotify watch serves them all. */
export class ExitWatcher {
  readonly #folder: string;
  readonly #waiting = new Map<string, Set<() => void>>();
  #watcher: FSWatcher | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The exit of a container, if it has ended. */
  async read(id: string): Promise<ExitRecord | undefined> {
    const file = join(this.#folder, id);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    return { exitCode: Number(text.trim()), finishedAt: (await stat(file)).mtime };
  }

  /** Resolves when the exit of `id` is there, or when `signal` aborts (then undefined). */
  async wait(id: string, signal: AbortSignal): Promise<ExitRecord | undefined> {
    while (!signal.aborted) {
      const changed = this.#nextChange(id, signal);
      // The watch is in place before the look, so that nothing slips between them.
      const record = await this.read(id);
      if (record) {
        changed.cancel();
        return record;
      }
      await changed.promise;
    }
    return undefined;
  }

  #nextChange(id: string, signal: AbortSignal): { promise: Promise<void>; cancel: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiters = this.#waiting.get(id) ?? new Set();
    const done = (): void => {
      signal.removeEventListener('abort', done);
      waiters.delete(done);
      if (waiters.size === 0) this.#waiting.delete(id);
      this.#stopWhenIdle();
      resolve();
    };
    this.#waiting.set(id, waiters.add(done));
    signal.addEventListener('abort', done, { once: true });
    this.#watcher ??= watch(this.#folder, (_event, name) => this.#wake(name));
    return { promise, cancel: done };
  }

  /** Without a name the kernel dropped events: everyone looks again. */
  #wake(name: string | null): void {
    const ids = name === null ? [...this.#waiting.keys()] : [name];
    for (const id of ids) for (const wake of [...(this.#waiting.get(id) ?? [])]) wake();
  }

  #stopWhenIdle(): void {
    if (this.#waiting.size > 0) return;
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}

import type { TaskRun } from '@slipway/kube';

interface Written {
  readonly taskRun: TaskRun;
  /** The versions that this one replaced. */
  readonly superseded: Set<string>;
}

/** Remembers what the controller wrote until its cache shows it, so that it does not work on what it replaced. */
export class WrittenRuns {
  readonly #written = new Map<string, Written>();

  /** The run as last written here, or the cached one when that is newer. */
  freshest(key: string, cached: TaskRun): TaskRun {
    const written = this.#written.get(key);
    if (written?.superseded.has(cached.metadata.resourceVersion ?? '')) return written.taskRun;
    this.#written.delete(key);
    return cached;
  }

  remember(key: string, replaced: TaskRun, taskRun: TaskRun): void {
    const superseded = this.#written.get(key)?.superseded ?? new Set<string>();
    superseded.add(replaced.metadata.resourceVersion ?? '');
    this.#written.set(key, { taskRun, superseded });
  }

  forget(key: string): void {
    this.#written.delete(key);
  }
}

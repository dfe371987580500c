import type { KubeObject } from '@slipway/kube';

interface Written<T> {
  readonly run: T;
  /** The versions that this one replaced. */
  readonly superseded: Set<string>;
}

/** Remembers what the controller wrote until its cache shows it, so that it does not work on what it replaced. */
export class WrittenRuns<T extends KubeObject> {
  readonly #written = new Map<string, Written<T>>();

  /** The run as last written here, or the cached one when that is newer. */
  freshest(key: string, cached: T): T {
    const written = this.#written.get(key);
    if (written?.superseded.has(cached.metadata.resourceVersion ?? '')) return written.run;
    this.#written.delete(key);
    return cached;
  }

  remember(key: string, replaced: T, run: T): void {
    const superseded = this.#written.get(key)?.superseded ?? new Set<string>();
    superseded.add(replaced.metadata.resourceVersion ?? '');
    this.#written.set(key, { run, superseded });
  }

  forget(key: string): void {
    this.#written.delete(key);
  }
}

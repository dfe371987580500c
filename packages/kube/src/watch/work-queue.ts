import { backoffDelay, type Clock, systemClock } from '@slipway/core';

/** What processing a key may ask for. */
export interface Reconciled {
  /** Process the key again after this many milliseconds, whatever happens to it before. */
  readonly requeueAfterMs?: number | undefined;
}

/** What processing a key gives: nothing, or when to come again. */
export type ReconcileResult = Promise<Reconciled | undefined> | Promise<void>;

/** What a queue does with its keys. */
export interface WorkQueueOptions {
  /** When it throws, the key comes again after a growing delay. */
  readonly process: (key: string) => ReconcileResult;
  /** Keys at once; default 4. One key is never processed twice at once. */
  readonly concurrency?: number | undefined;
  readonly signal: AbortSignal;
  readonly clock?: Clock | undefined;
  readonly onError?: ((key: string, error: unknown, failures: number) => void) | undefined;
  /** Longest delay between tries of a failing key in milliseconds; default 30,000. */
  readonly maxBackoffMs?: number | undefined;
}

interface Timer {
  readonly due: number;
  readonly abort: AbortController;
}

/** A queue of keys: each waits at most once, and one that is added while it is processed is processed again after. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #clock: Clock;
  readonly #waiting = new Set<string>();
  readonly #active = new Set<string>();
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, Timer>();
  #idle = Promise.withResolvers<void>();

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#idle.resolve();
  }

  add(key: string): void {
    if (this.#options.signal.aborted) return;
    if (this.#active.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.#isIdle()) this.#idle = Promise.withResolvers<void>();
    this.#waiting.add(key);
    this.#pump();
  }

  /** Adds the key after a delay; of several delays for one key the earliest counts. */
  addAfter(key: string, ms: number): void {
    const due = this.#clock.now().getTime() + ms;
    const timer = this.#timers.get(key);
    if (timer && timer.due <= due) return;
    timer?.abort.abort();
    const abort = new AbortController();
    this.#timers.set(key, { due, abort });
    this.#clock.sleep(ms, AbortSignal.any([abort.signal, this.#options.signal])).then(
      () => {
        this.#timers.delete(key);
        this.add(key);
      },
      () => {}, // aborted: an earlier timer took its place, or the queue stops
    );
  }

  /** Resolves when nothing waits or runs; delayed keys do not count. */
  idle(): Promise<void> {
    return this.#idle.promise;
  }

  #isIdle(): boolean {
    return this.#waiting.size === 0 && this.#active.size === 0;
  }

  #pump(): void {
    const { concurrency = 4, signal } = this.#options;
    if (signal.aborted) this.#waiting.clear();
    for (const key of this.#waiting) {
      if (this.#active.size >= concurrency) return;
      this.#waiting.delete(key);
      this.#active.add(key);
      void this.#run(key);
    }
    if (this.#isIdle()) this.#idle.resolve();
  }

  async #run(key: string): Promise<void> {
    try {
      const result = (await this.#options.process(key)) ?? undefined;
      this.#failures.delete(key);
      if (result?.requeueAfterMs !== undefined) this.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      this.#retry(key, error);
    }
    this.#active.delete(key);
    if (this.#again.delete(key) && !this.#options.signal.aborted) this.#waiting.add(key);
    this.#pump();
  }

  #retry(key: string, error: unknown): void {
    if (this.#options.signal.aborted) return;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#options.onError?.(key, error, failures);
    const { maxBackoffMs = 30_000 } = this.#options;
    this.addAfter(key, backoffDelay(failures - 1, { initialMs: 10, maxMs: maxBackoffMs }));
  }
}

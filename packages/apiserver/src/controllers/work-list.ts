import type { Logger } from '@slipway/core';
import { isStatus, type StatusError } from '@slipway/kube';

const RETRY_MS = 1000;

/**
 * Runs `work` for each key that is added, one after another, in the turn after the event that added it; a key that waits
 * is not added twice. A failure is tried again after a second: the store may be full, or the object just changed.
 */
export class WorkList implements AsyncDisposable {
  readonly #waiting = new Set<string>();
  readonly #work: (key: string) => Promise<void>;
  readonly #logger: Logger;
  readonly #retries = new Set<NodeJS.Timeout>();
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(work: (key: string) => Promise<void>, logger: Logger) {
    this.#work = work;
    this.#logger = logger;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#waiting.add(key);
    this.#running ??= this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    for (const timer of this.#retries) clearTimeout(timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    // Not in the turn of the write that caused it: its caller goes first.
    await new Promise(setImmediate);
    for (const key of this.#waiting) {
      this.#waiting.delete(key);
      try {
        await this.#work(key);
      } catch (error) {
        this.#retry(key, error);
      }
    }
    this.#running = undefined;
  }

  #retry(key: string, error: unknown): void {
    // Gone in the meantime: there is nothing left to do for it.
    if (isStatus(error, 'NotFound') || this.#closed) return;
    this.#logger.warn('will try again', { key, error: (error as StatusError).message });
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      this.add(key);
    }, RETRY_MS).unref();
    this.#retries.add(timer);
  }
}

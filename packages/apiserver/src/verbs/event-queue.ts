/** A queue between a producer that does not wait and one consumer that does. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  #limit: number;
  readonly #onClose: () => void;
  #wake: (() => void) | undefined;
  #closed = false;
  #error: unknown;

  /**
   * More than `limit` waiting items close the queue: its consumer is too slow and must start again. `onClose` is called
   * once, also when the consumer leaves its loop.
   */
  constructor(limit: number, onClose: () => void) {
    this.#limit = limit;
    this.#onClose = onClose;
  }

  /** Adds an item; those after the end are dropped. */
  push(item: T): void {
    if (this.#closed) return;
    this.#items.push(item);
    if (this.#items.length > this.#limit) this.close();
    else this.#signal();
  }

  /** Adds what is there at the beginning, however much it is: that does not count against the limit. */
  seed(items: readonly T[]): void {
    this.#limit += items.length;
    for (const item of items) this.push(item);
  }

  /** Ends the iteration when what waits is consumed; with an error, by throwing it. */
  close(error?: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    this.#signal();
    this.#onClose();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) yield item;
        if (this.#closed) break;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#error !== undefined) throw this.#error;
    } finally {
      this.close();
    }
  }

  #signal(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

import { readSync } from 'node:fs';
import { Readable } from 'node:stream';

const CHUNK = 256 * 1024;

/** The next piece of what is in a file up to `end`. */
export function readPiece(fd: number, at: number, end: number): Buffer {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, end - at));
  // They were written a moment ago: this is a copy from memory, cheaper than a trip to the thread pool.
  return chunk.subarray(0, readSync(fd, chunk, 0, chunk.length, at));
}

/** Where a reader gets its bytes. */
interface GrowthSource {
  /** The bytes at a place; `wait` when there are none yet, undefined behind the last one. */
  readonly next: (at: number) => Buffer | 'wait' | undefined;
  readonly closed: () => void;
}

/** The bytes of a file that grows, from the first. */
export class GrowthReader extends Readable {
  readonly #source: GrowthSource;
  #at = 0;
  #waiting = false;

  constructor(source: GrowthSource) {
    super({ highWaterMark: 2 * CHUNK });
    this.#source = source;
  }

  /** There may be more to read than there was. */
  more(): void {
    if (this.#waiting) this._read();
  }

  override _read(): void {
    try {
      const chunk = this.#source.next(this.#at);
      this.#waiting = chunk === 'wait';
      if (chunk === 'wait') return;
      this.#at += chunk?.length ?? 0;
      this.push(chunk ?? null);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#waiting = false;
    this.#source.closed();
    callback(error);
  }
}

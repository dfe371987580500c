import { closeSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';

const CHUNK = 256 * 1024;

/**
 * A blob that comes to the store, for readers that do not wait for its end: they read the file that it is written to, as far as
 * it has come. They see their end only when the blob was verified and stored; when that fails, they fail too.
 */
export class BlobGrowth {
  #fd: number | undefined;
  #size = 0;
  #state: 'growing' | 'whole' | 'failed' = 'growing';
  #failure: unknown;
  readonly #readers = new Set<GrowthReader>();

  /** The blob is written to this file, from its first byte. */
  begin(file: string): void {
    this.#fd = openSync(file, 'r');
  }

  /** So many bytes are in the file now. */
  grew(size: number): void {
    this.#size = size;
    this.#tell();
  }

  /** The blob is stored as this file. */
  finish(file: string, size: number): void {
    if (this.#readers.size > 0) this.#fd ??= openSync(file, 'r');
    this.#size = size;
    this.#state = 'whole';
    this.#tell();
    this.#close();
  }

  /** It will not come. */
  fail(error: unknown): void {
    this.#failure = error;
    this.#state = 'failed';
    this.#tell();
    this.#close();
  }

  /** The bytes from the first; undefined once it has come as a whole, or not: then the store knows. */
  open(): Readable | undefined {
    if (this.#state !== 'growing') return undefined;
    const reader = new GrowthReader({
      next: (at) => this.#next(at),
      closed: () => {
        this.#readers.delete(reader);
        this.#close();
      },
    });
    this.#readers.add(reader);
    return reader;
  }

  /** The bytes at a place; `wait` when there are none yet, undefined behind the last one. */
  #next(at: number): Buffer | 'wait' | undefined {
    if (this.#state === 'failed') throw this.#failure;
    if (at >= this.#size) return this.#state === 'whole' ? undefined : 'wait';
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, this.#size - at));
    // They were written a moment ago: this is a copy from memory, cheaper than a trip to the thread pool.
    return chunk.subarray(0, readSync(this.#fd!, chunk, 0, chunk.length, at));
  }

  #tell(): void {
    for (const reader of this.#readers) reader.more();
  }

  #close(): void {
    if (this.#state === 'growing' || this.#readers.size > 0 || this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }
}

interface Source {
  readonly next: (at: number) => Buffer | 'wait' | undefined;
  readonly closed: () => void;
}

class GrowthReader extends Readable {
  readonly #source: Source;
  #at = 0;
  #waiting = false;

  constructor(source: Source) {
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

import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { GrowthReader, readPiece } from './growth-reader.ts';

/** How far a blob has come, for readers in other threads of this process: they have the same open files. */
export interface GrowthState {
  /** Where to read; undefined while there is nothing yet. */
  readonly fd: number | undefined;
  /** Bytes that are there. */
  readonly size: number;
  /** Whether it was verified and stored. */
  readonly isWhole: boolean;
}

/** Whoever reads a blob elsewhere. */
export interface GrowthFollower {
  /** Called with how far it is now, and with every change. */
  readonly tell: (state: GrowthState) => void;
  /** It will not come. */
  readonly fail: (error: unknown) => void;
}

/**
 * A blob that comes to the store, for readers that do not wait for its end: they read the file that it is written to, as far as
 * it has come. They see their end only when the blob was verified and stored; when that fails, they fail too.
 */
export class BlobGrowth {
  #fd: number | undefined;
  #size = 0;
  #state: 'growing' | 'whole' | 'failed' = 'growing';
  #failure: unknown;
  readonly #readers = new Set<{ more(): void }>();

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

  /** As `open`, for a reader in another thread; the file stays open until the result is disposed of. */
  follow({ tell, fail }: GrowthFollower): Disposable | undefined {
    if (this.#state !== 'growing') return undefined;
    const more = (): void => {
      if (this.#state === 'failed') fail(this.#failure);
      else tell({ fd: this.#fd, size: this.#size, isWhole: this.#state === 'whole' });
    };
    const reader = { more };
    this.#readers.add(reader);
    more();
    return {
      [Symbol.dispose]: () => {
        this.#readers.delete(reader);
        this.#close();
      },
    };
  }

  /** The bytes at a place; `wait` when there are none yet, undefined behind the last one. */
  #next(at: number): Buffer | 'wait' | undefined {
    if (this.#state === 'failed') throw this.#failure;
    if (at >= this.#size) return this.#state === 'whole' ? undefined : 'wait';
    return readPiece(this.#fd!, at, this.#size);
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

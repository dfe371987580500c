import type { FileHandle } from 'node:fs/promises';

/** Bytes that may wait in memory for the disk before it is told to begin. */
const STEP = 32 * 1024 * 1024;

/** A sync holds one of the thread pool's few threads for as long as the disk takes: one at a time for all files. */
let busy = false;

/**
 * Sends a growing file to the disk while more of it comes, so that the sync at the end, for which a client waits, finds little
 * left to do. The kernel by itself begins after 30 s or a tenth of the memory.
 */
export class Writeback {
  readonly #file: Pick<FileHandle, 'datasync' | 'sync'>;
  #waiting = 0;
  #running: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(file: Pick<FileHandle, 'datasync' | 'sync'>) {
    this.#file = file;
  }

  /** Counts bytes that were written. */
  wrote(bytes: number): void {
    this.#waiting += bytes;
    if (this.#waiting >= STEP && !busy) this.#running = this.#begin();
  }

  /** All is on the disk when this resolves. Throws what went wrong now or before. */
  async finish(): Promise<void> {
    await this.stop();
    // The kernel tells of a failed write once: a sync after it would succeed.
    if (this.#failure !== undefined) throw this.#failure;
    await this.#file.sync();
  }

  /** Resolves when the file may be closed; never rejects. */
  async stop(): Promise<void> {
    await this.#running;
  }

  async #begin(): Promise<void> {
    busy = true;
    this.#waiting = 0;
    try {
      await this.#file.datasync();
    } catch (error) {
      this.#failure ??= error;
    } finally {
      busy = false;
    }
  }
}

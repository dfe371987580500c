import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { SlipwayError } from '@slipway/core';
import type { Digest } from '../digest.ts';
import type { BlobSource } from '../store/content-store.ts';
import type { DecompressEnding, DecompressOrder } from './decompress-message.ts';
import { PieceRing } from './piece-ring.ts';

/** Pieces that the calling thread takes before it looks for other work. */
const AT_ONCE = 4;
/** The number of a thread that is no more. */
const ENDED = -1;

/**
 * A thread that decompresses a layer while its blob comes, so that this one has only the download, the digests and the files:
 * each has about half of the work. Disposing of it ends it.
 */
export class DecompressThread implements AsyncDisposable {
  readonly #ring: PieceRing;
  readonly #thread: Worker;

  /** Undefined where the system allows no more threads. */
  static start(): DecompressThread | undefined {
    const ring = new PieceRing();
    const program = new URL('./decompress-thread.ts', import.meta.url);
    try {
      // Not with the flags of this process: some, as -e, fit its own program only.
      return new DecompressThread(ring, new Worker(program, { workerData: ring.memory, execArgv: [] }));
    } catch {
      return undefined;
    }
  }

  private constructor(ring: PieceRing, thread: Worker) {
    this.#ring = ring;
    this.#thread = thread;
    thread.on('error', () => {}); // Told to whoever reads; between two layers there is nobody.
  }

  /**
   * The tar of a layer, one layer at a time, not verified; a piece is good until the next is asked for. Once it has thrown, or
   * was left early, the thread is good for nothing more. Throws BLOB_UNKNOWN, LAYER_CORRUPT, and what ends the download.
   */
  async *tar(blobs: BlobSource, blob: Digest, signal: AbortSignal): AsyncGenerator<Buffer, void> {
    signal.throwIfAborted();
    if (this.#thread.threadId === ENDED) throw early();
    const tell = (order: DecompressOrder): void => this.#thread.postMessage(order);
    using watch = new ThreadWatch(this.#thread, signal, () => this.#ring.wake());
    tell({ kind: 'layer' });
    await using _followed = await blobs.follow?.(blob, {
      tell: (state) => tell({ kind: 'blob', state }),
      fail: watch.fail,
    });
    let isWhole = false;
    try {
      yield* this.#pieces(watch);
      isWhole = true;
    } finally {
      if (!isWhole) await this[Symbol.asyncDispose](); // Before the file is closed that it reads.
    }
  }

  async *#pieces(watch: ThreadWatch): AsyncGenerator<Buffer, void> {
    for (let count = 1; watch.failure === undefined; ) {
      // Before the look at the ring: what is put into it comes before the end.
      const { isOver } = watch;
      const piece = this.#ring.take();
      if (piece !== undefined) {
        yield piece;
        this.#ring.release();
        if (count++ % AT_ONCE === 0) await setImmediate();
      } else if (isOver) return;
      else await this.#ring.changed();
    }
    throw watch.failure.error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ring.wake();
    await this.#thread.terminate();
  }
}

/** How the work on a layer ends: told by the thread, or because something stops it. */
class ThreadWatch implements Disposable {
  isOver = false;
  failure: { readonly error: unknown } | undefined;
  readonly #stack = new DisposableStack();
  readonly #changed: () => void;

  constructor(thread: Worker, signal: AbortSignal, changed: () => void) {
    this.#changed = changed;
    const on = (event: string, listener: (value: unknown) => void): void => {
      thread.on(event, listener);
      this.#stack.defer(() => void thread.off(event, listener));
    };
    on('message', (ending) => this.#end(ending as DecompressEnding));
    on('error', this.fail);
    on('exit', () => this.fail(early()));
    const stop = (): void => this.fail(signal.reason);
    signal.addEventListener('abort', stop);
    this.#stack.defer(() => signal.removeEventListener('abort', stop));
  }

  readonly fail = (error: unknown): void => {
    this.failure ??= { error };
    this.#changed();
  };

  #end(ending: DecompressEnding): void {
    if (ending === undefined) {
      this.isOver = true;
      this.#changed();
    } else {
      const { kind, code, message, hint } = ending;
      this.fail(new SlipwayError(kind, code, message, { hint }));
    }
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

function early(): Error {
  return new Error('the thread that decompresses a layer ended early');
}

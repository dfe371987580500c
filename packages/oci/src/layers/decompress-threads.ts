import { availableParallelism } from 'node:os';
import type { Descriptor } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import type { BlobSource } from '../store/content-store.ts';
import { DecompressThread } from './decompress-in-thread.ts';

/** Compressed bytes from which on a layer is worth a thread, which costs 40 ms of processor time and 10 MB. */
const WORTH_A_THREAD = 16 * 1024 * 1024;
/** Threads of this process at a time: the calling one has the downloads and the files. */
const THREADS = Math.min(2, Math.max(1, availableParallelism() - 1));

let running = 0;

/**
 * The threads that decompress the large layers of one image, each layer after layer: what they need to begin with is made once.
 * Disposing of it ends them.
 */
export class DecompressThreads implements AsyncDisposable {
  readonly #blobs: BlobSource;
  readonly #idle: DecompressThread[] = [];
  readonly #all = new Set<DecompressThread>();
  #waiting: (() => void)[] = [];

  constructor(blobs: BlobSource) {
    this.#blobs = blobs;
  }

  /**
   * The blob of a layer, decompressed by a thread; a piece is good until the next is asked for. Undefined where it is not worth
   * one, where others have all of them, or where the blob has no file to follow. The tar throws BLOB_UNKNOWN, LAYER_CORRUPT, and
   * what ends the download.
   */
  async tar({ digest, size }: Descriptor, signal: AbortSignal): Promise<AsyncIterable<Buffer> | undefined> {
    if (size < WORTH_A_THREAD || this.#blobs.follow === undefined) return undefined;
    const thread = await this.#take();
    return thread && this.#pieces(thread, digest, signal);
  }

  async *#pieces(thread: DecompressThread, blob: Digest, signal: AbortSignal): AsyncGenerator<Buffer, void> {
    let isWell = false;
    try {
      yield* thread.tar(this.#blobs, blob, signal);
      isWell = true;
    } finally {
      if (isWell) this.#idle.push(thread);
      else await this.#end(thread); // In the middle of a layer it can do no other.
      this.#waiting.shift()?.();
    }
  }

  async #take(): Promise<DecompressThread | undefined> {
    for (;;) {
      const thread = this.#idle.pop() ?? this.#start();
      if (thread !== undefined || this.#all.size === 0) return thread;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #start(): DecompressThread | undefined {
    if (running >= THREADS) return undefined;
    const thread = DecompressThread.start();
    if (thread === undefined) return undefined;
    running += 1;
    this.#all.add(thread);
    return thread;
  }

  async #end(thread: DecompressThread): Promise<void> {
    if (!this.#all.delete(thread)) return;
    running -= 1;
    await thread[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#all].map((thread) => this.#end(thread)));
  }
}

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { SlipwayError } from '@slipway/core';
import type { Digest } from '../digest.ts';
import type { GrowthState } from '../store/blob-growth.ts';
import type { BlobSource } from '../store/content-store.ts';
import type { ImageLayer } from './layer-store.ts';
import type { UnpackEnding, UnpackNews, UnpackOrder } from './unpack-message.ts';

/** Compressed bytes from which on a layer is worth a thread, which costs 40 ms of processor time and 11 MB. */
const WORTH_A_THREAD = 16 * 1024 * 1024;
/** Threads of this process at a time: the calling one has the downloads and the other layers. */
const THREADS = Math.min(2, Math.max(1, availableParallelism() - 1));

let running = 0;

/** The layers of an image that get a thread where one is free: the largest, since the last one to be ready is what counts. */
export function worthThreads(layers: readonly ImageLayer[]): ReadonlySet<Digest> {
  const large = layers
    .map(({ descriptor }) => descriptor)
    .filter(({ size }) => size >= WORTH_A_THREAD)
    .sort((a, b) => b.size - a.size);
  return new Set(large.slice(0, THREADS).map(({ digest }) => digest));
}

export interface UnpackInThreadOptions {
  readonly blobs: BlobSource;
  readonly layer: ImageLayer;
  /** Where to; must be thrown away when this fails. */
  readonly folder: string;
  /** Unpacked layers below, topmost first; a promise must have a handler for its failure. */
  readonly lower: readonly string[] | Promise<readonly string[]>;
  readonly signal: AbortSignal;
}

/**
 * Unpacks a layer in a thread of its own: decompression, digest and files, while this one fetches the blob. False where no
 * thread is free, or the blob has no file to follow: then nothing was done. Throws LAYER_CORRUPT, DIFF_ID_MISMATCH, TAR_*,
 * STORE_FULL, BLOB_UNKNOWN.
 */
export async function unpackInThread(o: UnpackInThreadOptions): Promise<boolean> {
  if (running >= THREADS || o.blobs.follow === undefined) return false;
  running += 1;
  try {
    return await unpack(o, o.blobs.follow.bind(o.blobs));
  } finally {
    running -= 1;
  }
}

async function unpack(
  { layer, folder, lower, signal }: UnpackInThreadOptions,
  follow: NonNullable<BlobSource['follow']>,
): Promise<boolean> {
  const ended = Promise.withResolvers<UnpackEnding>();
  ended.promise.catch(() => {}); // Also where it ends before anybody waits for it.
  let thread: Worker | undefined;
  let state: GrowthState | undefined;
  const tell = (news: UnpackNews): void => thread?.postMessage(news);
  await using followed = await follow(layer.descriptor.digest, {
    tell: (now) => {
      state = now;
      tell({ kind: 'blob', state });
    },
    fail: ended.reject,
  });
  if (followed === undefined) return false;
  thread = start({ folder, diffId: layer.diffId, isLowest: isEmpty(lower) });
  if (thread === undefined) return false;
  thread.once('message', ended.resolve);
  thread.once('error', ended.reject);
  thread.once('exit', () => ended.reject(new Error('the thread that unpacks a layer ended early')));
  if (state !== undefined) tell({ kind: 'blob', state });
  Promise.resolve(lower).then((folders) => tell({ kind: 'lower', folders }), ended.reject);
  const stop = (): void => ended.reject(signal.reason);
  signal.addEventListener('abort', stop);
  try {
    signal.throwIfAborted();
    rethrow(await ended.promise);
    return true;
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.terminate(); // Before the file is closed that it reads.
  }
}

/** Undefined where the system allows no more threads. */
function start(order: UnpackOrder): Worker | undefined {
  try {
    return new Worker(new URL('./unpack-thread.ts', import.meta.url), { workerData: order });
  } catch {
    return undefined;
  }
}

function isEmpty(lower: UnpackInThreadOptions['lower']): boolean {
  return Array.isArray(lower) && lower.length === 0;
}

function rethrow(ending: UnpackEnding): void {
  if (ending === undefined) return;
  const { kind, code, message, hint } = ending;
  throw new SlipwayError(kind, code, message, { hint });
}

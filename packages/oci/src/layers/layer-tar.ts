import type { BlobSource } from '../store/content-store.ts';
import { decompressLayer } from './compression.ts';
import type { DecompressThreads } from './decompress-threads.ts';
import type { ImageLayer } from './layer-store.ts';
import { verifyDiffId } from './verify-diff-id.ts';

/**
 * The tar of a layer from its blob, also while that comes. Each piece is good until the next is asked for, and nobody else has
 * its memory. Throws BLOB_UNKNOWN, LAYER_CORRUPT, and DIFF_ID_MISMATCH at the end.
 */
export async function* layerTar(
  blobs: BlobSource,
  threads: DecompressThreads,
  { descriptor, diffId }: ImageLayer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const tar = await threads.tar(descriptor, signal);
  const here = async (): Promise<AsyncIterable<Uint8Array>> =>
    decompressLayer(await blobs.open(descriptor.digest), { ownsInput: true });
  yield* verifyDiffId(tar ?? (await here()), diffId);
}

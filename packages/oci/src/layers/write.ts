import { createHash } from 'node:crypto';
import type { Descriptor } from '../descriptor.ts';
import { type Digest, finishDigest } from '../digest.ts';
import type { ContentStore } from '../store/content-store.ts';
import { type Compression, compress, layerMediaType } from './compression.ts';

export interface WriteLayerOptions {
  /** Default `gzip`, which every runtime reads. */
  readonly compression?: Compression | undefined;
  /** Of the compression; by default one that was chosen by measurement. */
  readonly level?: number | undefined;
  /** Default: the OCI type of the compression. */
  readonly mediaType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A layer in the store. */
export interface LayerBlob {
  readonly descriptor: Descriptor;
  /** Digest of the uncompressed tar stream. */
  readonly diffId: Digest;
  /** Bytes of the uncompressed tar stream. */
  readonly size: number;
}

/** Hashes, compresses, hashes and stores a tar stream in one pass. Throws STORE_FULL, and what the stream throws; then nothing is left. */
export async function writeLayer(
  store: ContentStore,
  tar: AsyncIterable<Uint8Array>,
  options: WriteLayerOptions = {},
): Promise<LayerBlob> {
  const { compression = 'gzip', level, signal } = options;
  const hash = createHash('sha256');
  let size = 0;
  async function* hashed(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of tar) {
      signal?.throwIfAborted();
      hash.update(chunk);
      size += chunk.byteLength;
      yield chunk;
    }
  }
  await using ingest = await store.beginTemporary();
  for await (const chunk of compress(hashed(), compression, level)) await ingest.write(chunk);
  const { digest, size: stored } = await ingest.commit();
  const mediaType = options.mediaType ?? layerMediaType(compression);
  return { descriptor: { mediaType, digest, size: stored }, diffId: finishDigest(hash, 'sha256'), size };
}

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Descriptor } from '../descriptor.ts';
import { type Digest, finishDigest } from '../digest.ts';
import type { ContentStore } from '../store/content-store.ts';
import type { Ingest } from '../store/ingest.ts';
import { type Compression, createCompressor, layerMediaType } from './compression.ts';

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
  const compressor = createCompressor(compression, level);
  const writeTo = (chunks: AsyncIterable<Uint8Array>): Promise<void> => writeAll(ingest, chunks);
  if (compressor === undefined) await writeTo(hashed());
  else
    await pipeline(Readable.from(hashed(), { highWaterMark: 4 }), compressor, writeTo, {
      ...(signal && { signal }),
    });
  const { digest, size: stored } = await ingest.commit();
  const mediaType = options.mediaType ?? layerMediaType(compression);
  return { descriptor: { mediaType, digest, size: stored }, diffId: finishDigest(hash, 'sha256'), size };
}

async function writeAll(ingest: Ingest, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) await ingest.write(chunk);
}

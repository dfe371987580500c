import type { Readable } from 'node:stream';
import { SlipwayError } from '@slipway/core';
import type { Descriptor } from './descriptor.ts';
import { digestAlgorithm } from './digest.ts';
import { freeMemory } from './free-memory.ts';
import { inBatches } from './in-batches.ts';
import type { Reference } from './reference.ts';
import type { RegistryClient } from './registry-client/client.ts';
import type { BlobGrowth } from './store/blob-growth.ts';
import type { ContentStore } from './store/content-store.ts';
import type { Ingest } from './store/ingest.ts';

export interface FetchBlobOptions {
  readonly client: RegistryClient;
  readonly ref: Reference;
  readonly store: ContentStore;
  readonly descriptor: Descriptor;
  readonly signal?: AbortSignal | undefined;
  /** Told the size of each piece. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Told how far the blob is; it ends as the fetch does. */
  readonly growth?: BlobGrowth | undefined;
}

const TRIES = 4;
/** Bytes that are written with one trip to the thread pool. Twice as many save nothing more, and take memory. */
const BATCH = 128 * 1024;

/**
 * Brings a blob from a registry into the store unless it is there. A connection that breaks is taken up again where it broke.
 * Returns the bytes fetched. Throws DIGEST_MISMATCH, SIZE_MISMATCH, STORE_FULL.
 */
export async function fetchBlob(o: FetchBlobOptions): Promise<number> {
  const { descriptor, store, growth } = o;
  try {
    const fetched = await fetchMissing(o);
    growth?.finish(store.path(descriptor.digest), descriptor.size);
    return fetched;
  } catch (error) {
    growth?.fail(error);
    throw error;
  }
}

async function fetchMissing(o: FetchBlobOptions): Promise<number> {
  const { descriptor, store, growth } = o;
  if (await store.renew(descriptor.digest)) return 0;
  await using ingest = await store.beginTemporary(digestAlgorithm(descriptor.digest));
  growth?.begin(ingest.path);
  for (let attempt = 1; ingest.offset < descriptor.size; attempt++) {
    const before = ingest.offset;
    try {
      await fetchRest(o, ingest);
      // The registry ended the stream early but in good order: asking again gives the rest, or nothing.
      if (ingest.offset === before) break;
    } catch (error) {
      o.signal?.throwIfAborted();
      if (attempt >= TRIES || !isBrokenConnection(error)) throw error;
    }
  }
  await ingest.commit({ digest: descriptor.digest, size: descriptor.size });
  return descriptor.size;
}

async function fetchRest(o: FetchBlobOptions, ingest: Ingest): Promise<void> {
  const { ref, descriptor, growth } = o;
  const { stream, skip } = await openRest(o, ingest.offset);
  let behind = skip;
  await inBatches(stream, BATCH, async (pieces) => {
    const chunks = pieces.map((piece) => {
      const chunk = piece.subarray(behind);
      behind -= piece.length - chunk.length;
      return chunk;
    });
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    if (bytes === 0) return;
    if (ingest.offset + bytes > descriptor.size) {
      const message = `registry ${ref.registry} sends more than the ${descriptor.size} bytes of ${descriptor.digest}`;
      throw new SlipwayError('invalid', 'SIZE_MISMATCH', message);
    }
    await ingest.write(chunks);
    o.onBytes?.(bytes);
    growth?.grew(ingest.offset);
    for (const piece of pieces) freeMemory(piece);
  });
}

/** The blob from an offset; a registry that sends it only whole (RFC 9110 lets it) sends what we have once more. */
async function openRest(o: FetchBlobOptions, start: number): Promise<{ stream: Readable; skip: number }> {
  const { client, ref, descriptor, signal } = o;
  const open = (range?: { start: number }): Promise<Readable> =>
    client.openBlob(ref, descriptor.digest, range, { signal });
  if (start === 0) return { stream: await open(), skip: 0 };
  try {
    return { stream: await open({ start }), skip: 0 };
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'RANGE_IGNORED') throw error;
    return { stream: await open(), skip: start };
  }
}

function isBrokenConnection(error: unknown): boolean {
  if (error instanceof SlipwayError) return error.kind === 'unavailable';
  return (
    error instanceof Error &&
    'code' in error &&
    /^(?:ECONN|EPIPE|ERR_STREAM_PREMATURE)/.test(String(error.code))
  );
}

import type { Readable } from 'node:stream';
import { SlipwayError } from '@slipway/core';
import type { Descriptor } from './descriptor.ts';
import { digestAlgorithm } from './digest.ts';
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
  const { client, ref, descriptor, signal, growth } = o;
  const range = ingest.offset > 0 ? { start: ingest.offset } : undefined;
  const stream: Readable = await client.openBlob(ref, descriptor.digest, range, { signal });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (ingest.offset + chunk.byteLength > descriptor.size) {
      stream.destroy();
      const message = `registry ${ref.registry} sends more than the ${descriptor.size} bytes of ${descriptor.digest}`;
      throw new SlipwayError('invalid', 'SIZE_MISMATCH', message);
    }
    await ingest.write(chunk);
    o.onBytes?.(chunk.byteLength);
    growth?.grew(ingest.offset);
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

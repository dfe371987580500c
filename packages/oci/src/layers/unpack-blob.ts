import type { Readable } from 'node:stream';
import type { Digest } from '../digest.ts';
import { freeMemory } from '../free-memory.ts';
import { applyLayer } from './apply.ts';
import { decompressLayer } from './compression.ts';
import { verifyDiffId } from './verify-diff-id.ts';

export interface UnpackBlobOptions {
  /** Unpacked layers below, topmost first, or a promise of them, which must have a handler for its failure. */
  readonly lower: readonly string[] | Promise<readonly string[]>;
  /** Whether the calling thread has nothing else to do. */
  readonly inThisThread?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Unpacks the blob of a layer into a folder, which must be thrown away when this fails. The pieces of the blob belong to this
 * alone. Throws LAYER_CORRUPT, DIFF_ID_MISMATCH, TAR_*, STORE_FULL.
 */
export async function unpackBlob(
  folder: string,
  blob: Readable,
  diffId: Digest,
  { lower, inThisThread = false, signal }: UnpackBlobOptions,
): Promise<void> {
  const tar = verifyDiffId(decompressLayer(blob, { ownsInput: true, inThisThread }), diffId);
  await applyLayer(folder, freed(tar), { lower, signal });
}

async function* freed(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const piece of pieces) {
    yield piece;
    freeMemory(piece);
  }
}

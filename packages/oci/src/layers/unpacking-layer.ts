import type { Digest } from '../digest.ts';

/** A layer that is unpacked while its tar is made. Disposing of it removes what was unpacked, unless it was published. */
export interface UnpackingLayer extends AsyncDisposable {
  /** Hands the tar on; each chunk is good until the next is asked for. Throws what the tar throws, and STORE_FULL, TOOL_MISSING. */
  through(tar: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** Takes the whole layer into the store. Returns its place. */
  publish(diffId: Digest): Promise<string>;
}

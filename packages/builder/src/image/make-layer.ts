import { type Digest, writeLayer } from '@slipway/oci';
import type { BuildSession } from '../session.ts';
import type { Layer } from './layer.ts';
import { chainKey } from './layer-chain.ts';

/** Streams a tar into the content store: hashed, compressed and hashed again in one pass. */
export async function makeLayer(session: BuildSession, tar: AsyncIterable<Uint8Array>): Promise<Layer> {
  return await writeLayer(session.store, tar, { signal: session.signal });
}

/** Takes a folder of changes into the layer store as the unpacked form of `layer`. */
export async function adoptLayer(
  session: BuildSession,
  below: readonly Layer[],
  layer: Layer,
  folder: string,
): Promise<void> {
  const parent = below.length === 0 ? undefined : (chainKey(below) as Digest);
  await session.layers.adopt(parent, layer.diffId, folder);
}

import { type Digest, decompressLayer, mediaTypes, writeLayer } from '@slipway/oci';
import { cacheKey } from '../cache/cache-key.ts';
import type { BuildSession } from '../session.ts';
import type { Layer } from './layer.ts';
import { chainKey } from './layer-chain.ts';

/** How a stage's layers are stored. */
export type LayerCompression = 'gzip' | 'none';

/**
 * Streams a tar into the content store: hashed, compressed and hashed again in one pass. `none` is for stages that only lend
 * files: nobody pushes their layers, and compressing is most of what a layer costs.
 */
export async function makeLayer(
  session: BuildSession,
  tar: AsyncIterable<Uint8Array>,
  compression: LayerCompression,
): Promise<Layer> {
  return await writeLayer(session.store, tar, { compression, signal: session.signal });
}

/** The layer as it is pushed: one that was made for a stage that lends files is compressed now, once. */
export async function compressedLayer(session: BuildSession, layer: Layer): Promise<Layer> {
  const ofBase = layer.size === 0;
  if (ofBase || layer.descriptor.mediaType !== mediaTypes.ociLayer) return layer;
  const key = cacheKey('compressed', { diffId: layer.diffId });
  const known = await session.cache.get(key);
  if (known?.layer) return known.layer;
  const blob = await session.store.open(layer.descriptor.digest);
  const compressed = await makeLayer(session, decompressLayer(blob), 'gzip');
  await session.cache.put(key, { layer: compressed });
  return compressed;
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

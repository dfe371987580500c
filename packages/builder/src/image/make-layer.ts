import { type Digest, decompressLayer, layerMediaType, mediaTypes, writeLayer } from '@slipway/oci';
import { cacheKey } from '../cache/cache-key.ts';
import type { BuildSession } from '../session.ts';
import type { Layer } from './layer.ts';
import { chainKey } from './layer-chain.ts';
import { lowerFolders, noteUnpacked } from './root-view.ts';

/** Without a wish, layers stay as they are where they are compressed at all. */
const COMPRESSED: readonly string[] = [mediaTypes.ociLayerGzip, mediaTypes.ociLayerZstd];

/** How a stage's layers are stored: as the request says, or not compressed. */
export type LayerCompression = 'as pushed' | 'none';

/**
 * Streams a tar into the content store: hashed, compressed and hashed again in one pass. `none` is for stages that only lend
 * files: nobody pushes their layers, and compressing is most of what a layer costs.
 */
export async function makeLayer(
  session: BuildSession,
  tar: AsyncIterable<Uint8Array>,
  compression: LayerCompression,
): Promise<Layer> {
  const { signal, request } = session;
  const { algorithm, level } = request.compression ?? { algorithm: 'gzip' };
  const wanted = compression === 'none' ? { compression } : { compression: algorithm, level };
  return await writeLayer(session.store, tar, { ...wanted, signal });
}

/** `makeLayer`, with the layer unpacked on top of those below while it is made, for steps that will read it. */
export async function makeLayerUnpacked(
  session: BuildSession,
  below: readonly Layer[],
  tar: AsyncIterable<Uint8Array>,
  compression: LayerCompression,
): Promise<Layer> {
  const { layers, signal } = session;
  await using unpacking = await layers.begin(parentOf(below), await lowerFolders(session, below), signal);
  const layer = await makeLayer(session, unpacking.through(tar), compression);
  noteUnpacked(session, [...below, layer], await unpacking.publish(layer.diffId));
  return layer;
}

/** Whether the layer is pushed as it is; `compressedLayer` makes those that are not. */
export function isAsPushed({ request }: BuildSession, layer: Layer): boolean {
  const { algorithm } = request.compression ?? { algorithm: 'gzip' };
  const asked = request.compression === undefined ? COMPRESSED : [layerMediaType(algorithm)];
  const isOfBase = layer.size === 0;
  return isOfBase || asked.includes(layer.descriptor.mediaType);
}

/** The layer as it is pushed: one that was made for a stage that lends files, or with another compression, is compressed now, once. */
export async function compressedLayer(session: BuildSession, layer: Layer): Promise<Layer> {
  if (isAsPushed(session, layer)) return layer;
  const { algorithm, level } = session.request.compression ?? { algorithm: 'gzip' };
  const key = cacheKey('compressed', { diffId: layer.diffId, algorithm, level });
  const known = await session.cache.get(key);
  if (known?.layer) return known.layer;
  const blob = await session.store.open(layer.descriptor.digest);
  const compressed = await makeLayer(session, decompressLayer(blob), 'as pushed');
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
  const place = await session.layers.adopt(parentOf(below), layer.diffId, folder);
  noteUnpacked(session, [...below, layer], place);
}

function parentOf(below: readonly Layer[]): Digest | undefined {
  return below.length === 0 ? undefined : (chainKey(below) as Digest);
}

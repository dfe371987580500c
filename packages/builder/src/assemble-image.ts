import {
  type ContentStore,
  type Descriptor,
  type HistoryEntry,
  type ImageConfig,
  type ImageManifest,
  mediaTypes,
} from '@slipway/oci';
import type { Layer } from './image/layer.ts';
import { compressedLayer } from './image/make-layer.ts';
import { defaultsOf, type StageState, withDefaults } from './image/stage-state.ts';
import type { BuildSession } from './session.ts';

/** Media types by format; layers keep their compression. */
const TYPES = {
  oci: {
    manifest: mediaTypes.ociManifest,
    config: mediaTypes.ociConfig,
    tar: mediaTypes.ociLayer,
    gzip: mediaTypes.ociLayerGzip,
  },
  docker: {
    manifest: mediaTypes.dockerManifest,
    config: mediaTypes.dockerConfig,
    tar: mediaTypes.dockerLayer,
    gzip: mediaTypes.dockerLayerGzip,
  },
} as const;

/** A finished image: its manifest and configuration are in the content store. */
export interface AssembledImage {
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  /** Compressed bytes of all layers and the configuration. */
  readonly size: number;
  readonly layers: readonly Layer[];
}

/** Writes the configuration and the manifest of the built stage. */
export async function assembleImage(session: BuildSession, state: StageState): Promise<AssembledImage> {
  const { store, created } = session;
  const { request } = session;
  const { format = 'oci', labels = {}, annotations = {} } = request;
  const types = TYPES[format];
  const labelled =
    Object.keys(labels).length === 0
      ? state
      : withDefaults(state, { Labels: { ...defaultsOf(state).Labels, ...labels } });
  const config = await putJson(
    store,
    types.config,
    finalConfig(labelled.config, request.sourceDateEpoch === undefined ? undefined : created),
  );
  const { destinations = [], outputs = [] } = request;
  // A push fetches those that the registry neither has nor mounts.
  if (destinations.length === 0 || outputs.length > 0)
    await session.baseBlobs.ensure(state.layers.map((layer) => layer.descriptor.digest));
  const stored: Layer[] = [];
  for (const layer of state.layers) stored.push(await compressedLayer(session, layer));
  const layers = stored.map((layer) => layerDescriptor(layer, types));
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config,
    layers,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  const descriptor = await putJson(store, types.manifest, manifest);
  const size = layers.reduce((sum, layer) => sum + layer.size, config.size);
  return { manifest: descriptor, config, size, layers: stored };
}

/** The configuration without what is empty, in one order whatever base it came from. */
function finalConfig(config: ImageConfig, epoch: Date | undefined): ImageConfig {
  const { architecture, os, config: defaults = {}, rootfs, history: lines, created: _, ...rest } = config;
  const history = lines && withTimes(lines);
  const created = epoch?.toISOString() ?? history?.findLast((line) => line.created !== undefined)?.created;
  const kept = Object.entries(defaults).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  );
  return {
    ...rest,
    architecture,
    os,
    ...(created === undefined ? {} : { created }),
    config: Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1))),
    rootfs,
    ...(history === undefined ? {} : { history }),
  };
}

/**
 * Lines without a time get that of the layer before them, those before the first new layer that layer's, as BuildKit has
 * it: an image that comes from the cache as a whole is the same image again.
 */
function withTimes(history: readonly HistoryEntry[]): HistoryEntry[] {
  const untimed = history.findIndex((line) => line.created === undefined);
  if (untimed < 0) return [...history];
  const firstNew = history.slice(untimed).find((line) => line.created !== undefined)?.created;
  let time = firstNew ?? history.findLast((line) => line.created !== undefined)?.created;
  return history.map((line, index) => {
    if (line.created !== undefined && index > untimed) time = line.created;
    return line.created === undefined && time !== undefined ? { created: time, ...line } : line;
  });
}

function layerDescriptor(layer: Layer, types: (typeof TYPES)['oci' | 'docker']): Descriptor {
  const { mediaType, ...descriptor } = layer.descriptor;
  if (mediaType === TYPES.oci.gzip || mediaType === TYPES.docker.gzip)
    return { mediaType: types.gzip, ...descriptor };
  if (mediaType === TYPES.oci.tar || mediaType === TYPES.docker.tar)
    return { mediaType: types.tar, ...descriptor };
  return layer.descriptor; // zstd and foreign layers have no Docker counterpart.
}

async function putJson(store: ContentStore, mediaType: string, value: object): Promise<Descriptor> {
  const { digest, size } = await store.put(Buffer.from(JSON.stringify(value)));
  return { mediaType, digest, size };
}

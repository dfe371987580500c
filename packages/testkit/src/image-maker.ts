import {
  type ContainerDefaults,
  type ContentStore,
  type Descriptor,
  hostPlatform,
  type ImageConfig,
  type LayerBlob,
  mediaTypes,
  type Platform,
  writeLayer,
} from '@slipway/oci';
import { type Files, tarOf } from './files.ts';

/** An image whose blobs are all in a store. */
export interface MadeImage {
  readonly manifest: Descriptor;
  readonly config: ImageConfig;
  readonly layers: readonly LayerBlob[];
}

export interface MakeImageOptions {
  /** The files of each layer, the base first. */
  readonly layers: readonly Files[];
  readonly config?: ContainerDefaults;
  /** Default: this machine's. */
  readonly platform?: Platform;
}

/** Writes an image with these layers into the store; the same input gives the same digest. */
export async function makeImage(store: ContentStore, options: MakeImageOptions): Promise<MadeImage> {
  const layers: LayerBlob[] = [];
  for (const files of options.layers) layers.push(await writeLayer(store, tarOf(files)));
  const { os, architecture } = options.platform ?? hostPlatform();
  const config: ImageConfig = {
    architecture,
    os,
    config: options.config ?? {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  };
  const stored = await put(store, mediaTypes.ociConfig, config);
  const manifest = await put(store, mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: stored,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return { manifest, config, layers };
}

async function put(store: ContentStore, mediaType: string, object: object): Promise<Descriptor> {
  const { digest, size } = await store.put(Buffer.from(JSON.stringify(object)));
  return { mediaType, digest, size };
}

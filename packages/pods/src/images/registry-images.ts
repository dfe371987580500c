import { join } from 'node:path';
import { SlipwayError } from '@slipway/core';
import {
  type ContentStore,
  type CredentialSource,
  familiarReference,
  formatReference,
  type ImageConfig,
  type ImageLayer,
  isImageIndex,
  type LayerStore,
  type MirrorTable,
  parseImageConfig,
  parseManifest,
  parseReference,
  pullImage,
  type Reference,
  type RegistryClient,
} from '@slipway/oci';
import { ImageNames, type NamedImage } from './image-names.ts';
import type { ImageProvider, ProvidedImage, ProvideOptions } from './image-provider.ts';

export interface RegistryImagesOptions {
  readonly store: ContentStore;
  readonly layers: LayerStore;
  /** Resolves through its own mirror table. */
  readonly client: RegistryClient;
  readonly mirrors?: MirrorTable;
  /** A client that uses these credentials; without it pull secrets are not used. */
  readonly clientFor?: (credentials: CredentialSource) => RegistryClient;
}

/** Images from registries (mirrors first) through the content store and the layer store. */
export function registryImages(options: RegistryImagesOptions): ImageProvider {
  const names = imageNames(options.store);
  return {
    async provide(reference, request) {
      const ref = parseReference(reference);
      const present = request.pullPolicy === 'Always' ? undefined : await presentImage(options, names, ref);
      if (present === undefined && request.pullPolicy === 'Never') throw neverPull(ref);
      const image = present ?? (await pull(options, names, ref, request));
      const lower = await options.layers.unpack(image.layers, request.signal);
      return provided(reference, ref, image, lower, present === undefined);
    },
  };
}

/** Makes the next pod pull an image anew, whatever its pull policy: what the reference names was replaced on this machine. */
export async function forgetImage(store: ContentStore, reference: string): Promise<void> {
  await imageNames(store).forget(formatReference(parseReference(reference)));
}

const imageNames = (store: ContentStore): ImageNames => new ImageNames(join(store.root, 'names'));

interface LocalImage extends NamedImage {
  readonly config: ImageConfig;
  readonly layers: readonly ImageLayer[];
}

function provided(
  reference: string,
  ref: Reference,
  image: LocalImage,
  lower: readonly string[],
  pulled: boolean,
): ProvidedImage {
  const imageId = `${ref.registry}/${ref.repository}@${image.digest}`;
  return { reference, imageId, config: image.config, lower, pulled };
}

/** The image as the store has it; undefined where a part is missing, which a pull then brings. */
async function presentImage(
  { store }: RegistryImagesOptions,
  names: ImageNames,
  ref: Reference,
): Promise<LocalImage | undefined> {
  const named = await names.get(formatReference(ref));
  if (named === undefined) return undefined;
  try {
    const manifest = parseManifest(await store.read(named.manifestDigest));
    if (isImageIndex(manifest)) return undefined;
    const config = parseImageConfig(await store.read(manifest.config.digest));
    const layers = manifest.layers.map((descriptor, i) => ({
      descriptor,
      diffId: config.rootfs.diff_ids[i]!,
    }));
    return { ...named, config, layers };
  } catch (error) {
    if (error instanceof SlipwayError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

async function pull(
  options: RegistryImagesOptions,
  names: ImageNames,
  ref: Reference,
  request: ProvideOptions,
): Promise<LocalImage> {
  const { credentials, signal, onProgress } = request;
  const client = (credentials && options.clientFor?.(credentials)) ?? options.client;
  const image = await pullImage({ client, ref, store: options.store, signal, onProgress });
  const { digest, manifestDigest, config, layers } = image;
  await names.set(formatReference(ref), { digest, manifestDigest });
  return { digest, manifestDigest, config, layers };
}

function neverPull(ref: Reference): SlipwayError {
  const message = `Container image "${familiarReference(ref)}" is not present with pull policy of Never`;
  return new SlipwayError('not-found', 'IMAGE_NEVER_PULL', message);
}

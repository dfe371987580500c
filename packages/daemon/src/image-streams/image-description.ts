import type { Image } from '@slipway/kube';
import {
  type ContentStore,
  type Digest,
  type ImageIndex,
  type ImageManifest,
  isImageIndex,
  manifestMediaType,
  mediaTypes,
  parseImageConfig,
  parseManifest,
} from '@slipway/oci';

type Content = Partial<
  Pick<
    Image,
    'dockerImageLayers' | 'dockerImageManifests' | 'dockerImageMetadata' | 'dockerImageMetadataVersion'
  >
>;

/** A configuration larger than this is not shown: it would be stored with every tag. */
const MAX_CONFIG_BYTES = 256 * 1024;
const CONFIG_TYPES: readonly string[] = [mediaTypes.ociConfig, mediaTypes.dockerConfig];

/** What OpenShift says of an image: its layers and configuration, or the images of an index. */
export async function describeImage(
  store: ContentStore,
  o: { readonly digest: Digest; readonly reference: string; readonly created: string },
): Promise<Image> {
  const manifest = parseManifest(await store.read(o.digest));
  return {
    metadata: { name: o.digest, creationTimestamp: o.created },
    dockerImageReference: o.reference,
    dockerImageManifestMediaType: manifestMediaType(manifest),
    ...(isImageIndex(manifest) ? describeIndex(manifest) : await describeManifest(store, manifest)),
  };
}

function describeIndex(index: ImageIndex): Content {
  return {
    dockerImageManifests: index.manifests.map(({ digest, mediaType, size, platform }) => ({
      digest,
      mediaType,
      manifestSize: size,
      os: platform?.os ?? 'unknown',
      architecture: platform?.architecture ?? 'unknown',
      ...(platform?.variant !== undefined && { variant: platform.variant }),
    })),
  };
}

async function describeManifest(store: ContentStore, manifest: ImageManifest): Promise<Content> {
  const layers = manifest.layers.map(({ digest, size, mediaType }) => ({ name: digest, size, mediaType }));
  return { dockerImageLayers: layers, ...(await describeConfig(store, manifest)) };
}

async function describeConfig(store: ContentStore, { config, layers }: ImageManifest): Promise<Content> {
  if (!CONFIG_TYPES.includes(config.mediaType) || config.size > MAX_CONFIG_BYTES) return {};
  const image = readConfig(await store.read(config.digest));
  if (image === undefined) return {};
  const { architecture, os, variant, created, author, config: defaults } = image;
  const dockerImageMetadata = {
    kind: 'DockerImage',
    apiVersion: '1.0',
    Id: config.digest,
    Architecture: architecture,
    Os: os,
    Size: layers.reduce((sum, { size }) => sum + size, config.size),
    Config: defaults ?? {},
    ...(variant !== undefined && { Variant: variant }),
    ...(created !== undefined && { Created: created }),
    ...(author !== undefined && { Author: author }),
  };
  return { dockerImageMetadata, dockerImageMetadataVersion: '1.0' };
}

/** A registry takes any bytes for a configuration; what does not parse is not shown. */
function readConfig(bytes: Buffer): ReturnType<typeof parseImageConfig> | undefined {
  try {
    return parseImageConfig(bytes);
  } catch {
    return undefined;
  }
}

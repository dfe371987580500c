import { type Descriptor, digestAlgorithm, digestHex, parseReference } from '@slipway/oci';
import type { AssembledImage } from '../assemble-image.ts';
import type { Product } from '../product.ts';

/** A file of an image archive: its content, or the blob that it is. */
export type ImageFile =
  | { readonly name: string; readonly content: string }
  | { readonly name: string; readonly blob: Descriptor };

/** The files of an OCI image layout (image-spec, image-layout.md), one index entry for each name. */
export function ociLayoutFiles({ manifest, images }: Product, names: readonly string[]): ImageFile[] {
  const entries = names.map((name) => ({
    ...manifest,
    annotations: {
      'io.containerd.image.name': name,
      'org.opencontainers.image.ref.name': parseReference(name).tag ?? name,
    },
  }));
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: entries.length === 0 ? [manifest] : entries,
  };
  const blobs = unique([
    manifest,
    ...images.flatMap((image) => [
      image.manifest,
      image.config,
      ...image.layers.map((layer) => layer.descriptor),
    ]),
  ]);
  return [
    { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    { name: 'index.json', content: JSON.stringify(index) },
    ...blobs.map((blob) => ({ name: blobFile(blob), blob })),
  ];
}

/**
 * An archive of several platforms for `docker load`: an OCI layout with all of them, and docker's own manifest for the one of
 * `image`, for a docker whose store holds one platform.
 */
export function dockerIndexFiles(
  product: Product,
  image: AssembledImage,
  names: readonly string[],
): ImageFile[] {
  const layers = image.layers.map(({ descriptor }) => blobFile(descriptor));
  const manifest = [{ Config: blobFile(image.config), RepoTags: names, Layers: layers }];
  return [...ociLayoutFiles(product, names), { name: 'manifest.json', content: JSON.stringify(manifest) }];
}

function blobFile({ digest }: Descriptor): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** The files of an archive for `docker load`, by the names that docker itself gave them before it knew OCI layouts. */
export function dockerArchiveFiles(image: AssembledImage, names: readonly string[]): ImageFile[] {
  const config = `${digestHex(image.config.digest)}.json`;
  const layers = image.layers.map(({ descriptor }) => descriptor);
  const manifest = [{ Config: config, RepoTags: names, Layers: layers.map(layerFile) }];
  return [
    { name: 'manifest.json', content: JSON.stringify(manifest) },
    { name: config, blob: image.config },
    ...unique(layers).map((blob) => ({ name: layerFile(blob), blob })),
  ];
}

/** docker load decompresses what it finds, whatever the name says. */
function layerFile({ digest }: Descriptor): string {
  return `${digestHex(digest)}.tar.gz`;
}

function unique(blobs: readonly Descriptor[]): Descriptor[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

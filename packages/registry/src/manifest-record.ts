import {
  type Descriptor,
  type Digest,
  type ImageIndex,
  type ImageManifest,
  isForeignLayerType,
  isImageIndex,
  isIndexType,
  isManifestType,
  manifestMediaType,
} from '@slipway/oci';
import type { ManifestLink, ManifestRecord } from './metadata/records.ts';

/** A parsed manifest as the database keeps it. */
export function manifestRecord(o: {
  manifest: ImageManifest | ImageIndex;
  digest: Digest;
  size: number;
}): ManifestRecord {
  const { manifest } = o;
  return {
    digest: o.digest,
    size: o.size,
    mediaType: manifestMediaType(manifest),
    subject: manifest.subject?.digest,
    artifactType: artifactTypeOf(manifest),
    annotations: manifest.annotations ?? undefined,
    links: neededBy(manifest).map(linkTo),
  };
}

/** What the manifest names and the registry must hold: all but the subject and layers that are fetched elsewhere. */
export function neededBy(manifest: ImageManifest | ImageIndex): readonly Descriptor[] {
  if (isImageIndex(manifest)) return manifest.manifests;
  return [manifest.config, ...manifest.layers.filter((layer) => !isForeignLayerType(layer.mediaType))];
}

/** Whether a descriptor names a manifest, or a blob. */
export function linkTo({ mediaType, digest }: Descriptor): ManifestLink {
  return { digest, kind: isManifestType(mediaType) || isIndexType(mediaType) ? 'manifest' : 'blob' };
}

// distribution-spec 1.1, "Listing Referrers": an image without artifactType has that of its config.
function artifactTypeOf(manifest: ImageManifest | ImageIndex): string | undefined {
  if (manifest.artifactType !== undefined && manifest.artifactType !== '') return manifest.artifactType;
  return isImageIndex(manifest) ? undefined : manifest.config.mediaType;
}

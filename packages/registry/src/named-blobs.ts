import type { Digest } from '@slipway/oci';
import { MetadataStore } from './metadata/metadata-store.ts';

/** Those of the digests that a repository shows, as a blob or as a manifest; for whoever cleans a content store that is shared with the registry. */
export function namedBlobs(metadataDir: string, digests: readonly Digest[]): Digest[] {
  const metadata = new MetadataStore(metadataDir);
  try {
    return digests.filter((digest) => metadata.isKept(digest));
  } finally {
    metadata.close();
  }
}

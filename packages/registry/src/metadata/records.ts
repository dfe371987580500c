import type { Digest } from '@slipway/oci';

/** A manifest in a repository, as the database knows it; its bytes are in the content store. */
export interface ManifestRecord {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly subject?: Digest | undefined;
  /** distribution-spec 1.1, "Listing Referrers": the artifact type, else the media type of the image's config. */
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** What it names and needs. */
  readonly links: readonly ManifestLink[];
}

export interface ManifestLink {
  readonly digest: Digest;
  readonly kind: 'blob' | 'manifest';
}

/** A manifest as the referrers API lists it. */
export interface ReferrerRecord {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** One page of a sorted list: what comes after `last`, at most `limit` items. */
export interface Page {
  readonly last: string;
  readonly limit: number;
}

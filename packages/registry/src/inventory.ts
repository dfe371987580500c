import type { Digest } from '@slipway/oci';
import type { RegistryContext } from './registry-context.ts';

/** A tag and what it points at. */
export interface TaggedDigest {
  readonly tag: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** When it was pushed last. */
  readonly updated: Date;
}

/**
 * What the registry holds, and its removal, for the process that runs it: image streams show it. No access rules apply, and
 * `onManifest` is not called.
 */
export interface RegistryInventory {
  /** Repositories that hold a manifest, in the order of their names. */
  repositories(): string[];
  /** The tags of a repository in the order of their names; none when there is no such repository. */
  tags(repository: string): TaggedDigest[];
  hasManifest(repository: string, digest: Digest): boolean;
  /** Removes the tag if it points at the digest; whether it did. */
  deleteTag(repository: string, tag: string, digest: Digest): Promise<boolean>;
  /** Removes all manifests and tags of the repository. */
  deleteRepository(repository: string): Promise<void>;
}

const ALL = { last: '', limit: Number.MAX_SAFE_INTEGER };

export function registryInventory({ metadata }: RegistryContext): RegistryInventory {
  return {
    repositories: () => metadata.repositories(ALL),
    tags: (repository) =>
      metadata.tags(repository, ALL).flatMap((tag) => {
        const found = metadata.taggedManifest(repository, tag);
        if (found === undefined) return [];
        const { digest, mediaType, updated } = found;
        return [{ tag, digest, mediaType, updated: new Date(updated) }];
      }),
    hasManifest: (repository, digest) => metadata.manifest(repository, digest) !== undefined,
    deleteTag: (repository, tag, digest) =>
      metadata.change((writer) => {
        if (metadata.taggedManifest(repository, tag)?.digest !== digest) return false;
        writer.deleteTag(repository, tag);
        return true;
      }),
    deleteRepository: (repository) =>
      metadata.change((writer) => {
        for (const digest of metadata.manifests(repository)) writer.deleteManifest(repository, digest);
      }),
  };
}

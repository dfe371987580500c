import type { Digest } from '@slipway/oci';
import type { MetadataStore, MetadataWriter } from './metadata/metadata-store.ts';
import type { RegistryContext } from './registry-context.ts';
import { isMirrorRepository } from './repository-name.ts';

export interface GarbageOptions {
  /** What is younger stays, because a push in progress may be about to name it (ms). Default: 1 hour. */
  readonly graceMs?: number;
  /** Also removes manifests that have no tag, are in no index and refer to nothing that is here. Default: no. */
  readonly untagged?: boolean;
  /** Content that others need of a shared store: the pod runner, the builder's cache. Default: none. */
  readonly keep?: (digest: Digest) => boolean;
  /** Counts without removing. */
  readonly dryRun?: boolean;
}

export interface GarbageReport {
  readonly manifests: number;
  /** Blobs that a repository showed and no manifest of it named. */
  readonly blobs: number;
  /** Uploads that expired. */
  readonly uploads: number;
  /** Files removed from the content store, and their bytes. */
  readonly files: number;
  readonly bytes: number;
}

const DEFAULT_GRACE_MS = 3600 * 1000;

/**
 * Removes what nothing needs, while clients push. Metadata goes first and in one transaction with the check, content after
 * it and only while no push holds its digest: a crash in between leaves files that the next run finds.
 */
export async function collectGarbage(
  context: RegistryContext,
  options: GarbageOptions,
): Promise<GarbageReport> {
  const before = context.clock.now().getTime() - (options.graceMs ?? DEFAULT_GRACE_MS);
  const uploads = options.dryRun ? 0 : await context.uploads.sweep();
  const { manifests, blobs, freed } = await removeMetadata(context, before, options);
  return { manifests, blobs, uploads, ...(await removeContent(context, before, freed, options)) };
}

interface RemovedMetadata {
  readonly manifests: number;
  readonly blobs: number;
  /** Digests that no repository shows any more. */
  readonly freed: ReadonlySet<Digest>;
}

/** A dry run does the same, looks at what is left, and is undone. */
async function removeMetadata(
  { metadata }: RegistryContext,
  before: number,
  o: GarbageOptions,
): Promise<RemovedMetadata> {
  let removed: RemovedMetadata | undefined;
  const change = metadata.change((writer) => {
    const manifests = o.untagged ? removeManifests(metadata, writer, before) : [];
    const blobs = metadata.unusedBlobs(before);
    for (const { repository, digest } of blobs) writer.unlinkBlob(repository, digest);
    writer.forgetEmptyRepositories();
    const digests = [...manifests, ...blobs].map(({ digest }) => digest);
    const freed = new Set(digests.filter((digest) => !metadata.isKept(digest)));
    removed = { manifests: manifests.length, blobs: blobs.length, freed };
    if (o.dryRun) throw new Error('undo');
  });
  await change.catch((error: unknown) => {
    if (removed === undefined || !o.dryRun) throw error;
  });
  return removed!;
}

type Found = readonly { readonly repository: string; readonly digest: Digest }[];

function removeManifests(metadata: MetadataStore, writer: MetadataWriter, before: number): Found {
  const all: Found[number][] = [];
  // Once an index is gone its manifests are untagged too, so again until there are no more.
  for (;;) {
    const found = metadata
      .untaggedManifests(before)
      .filter(({ repository }) => !isMirrorRepository(repository));
    if (found.length === 0) return all;
    for (const { repository, digest } of found) writer.deleteManifest(repository, digest);
    all.push(...found);
  }
}

async function removeContent(
  context: RegistryContext,
  before: number,
  freed: ReadonlySet<Digest>,
  o: GarbageOptions,
): Promise<{ files: number; bytes: number }> {
  let files = 0;
  let bytes = 0;
  for await (const { digest, size, modified } of context.store.list()) {
    const needed = (): boolean => context.metadata.isKept(digest) || (o.keep?.(digest) ?? false);
    if (modified.getTime() >= before) continue;
    const removed = o.dryRun
      ? !needed() || (freed.has(digest) && !o.keep?.(digest))
      : // Inside the lease: a push may have linked it since.
        !needed() &&
        (await context.leases.remove(
          digest,
          async () => !needed() && (await context.store.delete(digest, { unusedSince: new Date(before) })),
        ));
    if (!removed) continue;
    files += 1;
    bytes += size;
  }
  return { files, bytes };
}

import type { Digest } from '@slipway/oci';
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
  const manifests = options.untagged ? await removeManifests(context, before, options) : 0;
  const blobs = await unlinkBlobs(context, before, options);
  return { manifests, blobs, uploads, ...(await removeContent(context, before, options)) };
}

async function removeManifests(context: RegistryContext, before: number, o: GarbageOptions): Promise<number> {
  // Once an index is gone its manifests are untagged too, so again until there are no more.
  for (let total = 0; ; ) {
    const removed = await context.metadata.change((writer) => {
      const found = context.metadata
        .untaggedManifests(before)
        .filter(({ repository }) => !isMirrorRepository(repository));
      if (!o.dryRun) for (const { repository, digest } of found) writer.deleteManifest(repository, digest);
      return found.length;
    });
    total += removed;
    if (removed === 0 || o.dryRun) return total;
  }
}

function unlinkBlobs(context: RegistryContext, before: number, o: GarbageOptions): Promise<number> {
  return context.metadata.change((writer) => {
    const found = context.metadata.unusedBlobs(before);
    if (o.dryRun) return found.length;
    for (const { repository, digest } of found) writer.unlinkBlob(repository, digest);
    writer.forgetEmptyRepositories();
    return found.length;
  });
}

async function removeContent(
  context: RegistryContext,
  before: number,
  o: GarbageOptions,
): Promise<{ files: number; bytes: number }> {
  let files = 0;
  let bytes = 0;
  for await (const { digest, size, modified } of context.store.list()) {
    const needed = (): boolean => context.metadata.isKept(digest) || (o.keep?.(digest) ?? false);
    if (modified.getTime() >= before || needed()) continue;
    const removed = o.dryRun
      ? true
      : // Inside the lease: a push may have linked it since.
        await context.leases.remove(digest, async () => !needed() && (await context.store.delete(digest)));
    if (!removed) continue;
    files += 1;
    bytes += size;
  }
  return { files, bytes };
}

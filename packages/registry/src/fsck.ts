import { createHash } from 'node:crypto';
import { type Digest, digestAlgorithm, finishDigest } from '@slipway/oci';
import type { RegistryContext } from './registry-context.ts';
import { isMirrorRepository } from './repository-name.ts';

export interface FsckOptions {
  /** Also reads every file and compares its digest; without it only names and sizes. */
  readonly deep?: boolean;
}

export interface FsckProblem {
  readonly code: 'DATABASE' | 'CONTENT_MISSING' | 'CONTENT_SIZE' | 'CONTENT_DIGEST' | 'LINK_MISSING';
  readonly message: string;
}

export interface FsckReport {
  readonly manifests: number;
  readonly blobs: number;
  /** Empty when the registry is sound. */
  readonly problems: readonly FsckProblem[];
}

/** Checks that everything the metadata promises is in the content store, and that every manifest has all it names. */
export async function checkRegistry(context: RegistryContext, options: FsckOptions): Promise<FsckReport> {
  const problems: FsckProblem[] = context.metadata
    .integrityProblems()
    .map((message) => ({ code: 'DATABASE', message }));
  const checked = new Set<Digest>();
  const content = async (repository: string, digest: Digest, size: number): Promise<void> => {
    if (checked.has(digest)) return;
    checked.add(digest);
    const problem = await contentProblem(context, digest, size, options.deep ?? false);
    if (problem) problems.push({ ...problem, message: `${repository}: ${problem.message}` });
  };
  const blobs = context.metadata.everyBlob();
  for (const { repository, digest, size } of blobs) await content(repository, digest, size);
  let manifests = 0;
  for (const { repository, digest, size, links } of context.metadata.everyManifest()) {
    manifests += 1;
    await content(repository, digest, size);
    // A mirror holds of an image what somebody pulled.
    if (isMirrorRepository(repository)) continue;
    for (const link of links) {
      const held =
        link.kind === 'manifest'
          ? context.metadata.manifest(repository, link.digest)
          : context.metadata.blobSize(repository, link.digest);
      if (held !== undefined) continue;
      problems.push({
        code: 'LINK_MISSING',
        message: `${repository}: ${digest} names ${link.digest}, which is gone`,
      });
    }
  }
  return { manifests, blobs: blobs.length, problems };
}

async function contentProblem(
  context: RegistryContext,
  digest: Digest,
  size: number,
  deep: boolean,
): Promise<FsckProblem | undefined> {
  const found = await context.store.stat(digest);
  if (found === undefined)
    return { code: 'CONTENT_MISSING', message: `${digest} is not in the content store` };
  if (found.size !== size) {
    return { code: 'CONTENT_SIZE', message: `${digest} has ${found.size} bytes, not ${size}` };
  }
  if (!deep) return undefined;
  const algorithm = digestAlgorithm(digest);
  const hash = createHash(algorithm);
  for await (const chunk of await context.store.open(digest)) hash.update(chunk);
  const actual = finishDigest(hash, algorithm);
  return actual === digest
    ? undefined
    : { code: 'CONTENT_DIGEST', message: `${digest} holds bytes of ${actual}` };
}

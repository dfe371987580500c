import { type Digest, type DigestAlgorithm, parseDigest } from '@slipway/oci';
import { commitBlob, mountBlob } from '../blobs.ts';
import { roomIn } from '../quota.ts';
import type { Exchange, RegistryContext } from '../registry-context.ts';
import { RegistryError } from '../registry-error.ts';
import { excerpt, parseRepositoryName } from '../repository-name.ts';
import type { Route } from '../route.ts';
import { UploadWatch } from '../uploads/upload-watch.ts';
import { writeBody } from '../uploads/write-body.ts';
import { sendBlobCreated, sendUploadAccepted } from './upload-answers.ts';

/** Repositories that are asked about when a client mounts a blob without saying where from. */
const ANONYMOUS_MOUNT_CANDIDATES = 50;

/** POST of an upload: a mount (end-11), a whole blob (end-4b), or the beginning of a session (end-4a, end-4c). */
export async function startUpload(
  context: RegistryContext,
  exchange: Exchange,
  { repository }: Extract<Route, { kind: 'uploads' }>,
): Promise<void> {
  const { query, response } = exchange;
  const mount = query.get('mount');
  if (mount !== null) {
    const digest = parseDigest(mount);
    if (await mayMount(context, exchange, digest)) {
      if (await mountBlob(context, repository, digest)) return sendBlobCreated(response, repository, digest);
    }
  } else {
    const whole = query.get('digest');
    if (whole !== null) return pushWhole(context, exchange, repository, parseDigest(whole));
  }
  const id = await context.uploads.begin(repository, algorithmOf(query));
  sendUploadAccepted(response, repository, id, 0);
}

async function pushWhole(
  context: RegistryContext,
  { request, response }: Exchange,
  repository: string,
  digest: Digest,
): Promise<void> {
  await using ingest = await context.store.beginTemporary(digest.startsWith('sha512') ? 'sha512' : 'sha256');
  const room = await roomIn(context, repository);
  await writeBody(ingest, request, new UploadWatch({ ...context, room }));
  await commitBlob(context, repository, digest, ingest);
  sendBlobCreated(response, repository, digest);
}

/**
 * Whether the caller may read the blob in the repository that it names; without `from`, in any one. Knowing a digest
 * must not be enough to get at the content of a repository that the caller may not pull.
 */
async function mayMount(
  context: RegistryContext,
  { query, identity }: Exchange,
  digest: Digest,
): Promise<boolean> {
  const from = query.get('from');
  const candidates =
    from === null || from === ''
      ? context.metadata.repositoriesWithBlob(digest, ANONYMOUS_MOUNT_CANDIDATES)
      : [parseRepositoryName(from)].filter((name) => context.metadata.blobSize(name, digest) !== undefined);
  for (const candidate of candidates) {
    const decision = await context.guard.decide(identity, { repository: candidate, action: 'pull' });
    if (decision.allowed) return true;
  }
  return false;
}

function algorithmOf(query: URLSearchParams): DigestAlgorithm {
  const algorithm = query.get('digest-algorithm') ?? 'sha256';
  if (algorithm === 'sha256' || algorithm === 'sha512') return algorithm;
  throw new RegistryError('DIGEST_INVALID', `the digest algorithm "${excerpt(algorithm)}" is not supported`, {
    hint: 'use sha256 or sha512',
  });
}

import type { Digest, Ingest } from '@slipway/oci';
import { changeWithinQuota } from './quota.ts';
import type { RegistryContext } from './registry-context.ts';

/** A blob's last use is written down no more often than this. */
const RENEW_MS = 10 * 60_000;

/** Verifies and publishes an upload and shows it in the repository; both are durable when this returns. */
export async function commitBlob(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  ingest: Ingest,
): Promise<void> {
  using _lease = await context.leases.hold(digest);
  const { size } = await ingest.commit({ digest });
  await linkBlob(context, repository, digest, size);
}

/** Shows a blob of the store in the repository, if the store has it; the caller decides whether the client may see it. */
export async function mountBlob(
  context: RegistryContext,
  repository: string,
  digest: Digest,
): Promise<boolean> {
  using _lease = await context.leases.hold(digest);
  const found = await context.store.stat(digest);
  if (found === undefined) return false;
  await linkBlob(context, repository, digest, found.size);
  return true;
}

/** A client that finds a blob will not send it: it must stay for as long as if it had been sent now. */
export async function renewBlob(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  blob: { readonly size: number; readonly used: number },
): Promise<void> {
  if (context.clock.now().getTime() - blob.used < RENEW_MS) return;
  await linkBlob(context, repository, digest, blob.size);
}

async function linkBlob(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  size: number,
): Promise<void> {
  const now = context.clock.now().getTime();
  await changeWithinQuota(context, repository, (writer) => writer.linkBlob(repository, digest, size, now));
}

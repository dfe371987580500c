import type { Digest } from '@slipway/oci';
import { sendEmpty } from '../http/respond.ts';
import type { Exchange, RegistryContext } from '../registry-context.ts';
import { RegistryError } from '../registry-error.ts';
import { excerpt } from '../repository-name.ts';
import type { ManifestReference, Route } from '../route.ts';

interface Found {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

/** GET and HEAD of a manifest by tag or digest (end-3). */
export async function getManifest(
  context: RegistryContext,
  { request, response }: Exchange,
  { repository, reference }: Extract<Route, { kind: 'manifest' }>,
): Promise<void> {
  await context.mirror?.refresh(repository, reference);
  const found = findManifest(context, repository, reference);
  if (found === undefined) throw manifestUnknown(context, repository, reference);
  const headers = {
    'Content-Type': found.mediaType,
    'Docker-Content-Digest': found.digest,
    ETag: `"${found.digest}"`,
  };
  if (request.headers['if-none-match'] === headers.ETag) return sendEmpty(response, 304, headers);
  if (request.method === 'HEAD')
    return sendEmpty(response, 200, { ...headers, 'Content-Length': String(found.size) });
  const bytes = await readManifest(context, found.digest);
  response.writeHead(200, { ...headers, 'Content-Length': bytes.length });
  response.end(bytes);
}

/** What the reference names in the repository. */
export function findManifest(
  context: RegistryContext,
  repository: string,
  reference: ManifestReference,
): Found | undefined {
  if ('tag' in reference) return context.metadata.taggedManifest(repository, reference.tag);
  const found = context.metadata.manifest(repository, reference.digest);
  return found && { digest: reference.digest, ...found };
}

/** NAME_UNKNOWN where the repository itself is not known, else MANIFEST_UNKNOWN. */
export function manifestUnknown(
  context: RegistryContext,
  repository: string,
  reference: ManifestReference,
): RegistryError {
  if (!context.metadata.hasRepository(repository)) {
    return new RegistryError('NAME_UNKNOWN', `there is no repository ${repository}`);
  }
  const name = 'tag' in reference ? `tag "${excerpt(reference.tag)}"` : `manifest ${reference.digest}`;
  return new RegistryError('MANIFEST_UNKNOWN', `${repository} has no ${name}`);
}

async function readManifest(context: RegistryContext, digest: Digest): Promise<Buffer> {
  const cached = context.cache.get(digest);
  if (cached !== undefined) return cached;
  const bytes = await context.store.read(digest, context.limits.manifestBytes);
  context.cache.set(digest, bytes);
  return bytes;
}

import type { Readable } from 'node:stream';
import { SlipwayError } from '@slipway/core';
import type { Reference } from '../reference.ts';
import type { BlobInfo } from '../store/ingest.ts';
import type { RegistrySession } from './session.ts';

export interface PushBlobOptions {
  /** Repositories of the same registry that may hold the blob already. */
  readonly mountFrom?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether to send the blob even where the repository has it: finds out whether one may. Default false. */
  readonly always?: boolean;
}

/** How a blob got to the registry. */
export type PushOutcome = 'present' | 'mounted' | 'uploaded';

const TRIES = 3;

/** Brings a blob to the repository: mounts it from another one, or sends it as one stream (distribution-spec, "Push"). */
export async function uploadBlob(
  session: RegistrySession,
  ref: Reference,
  info: BlobInfo,
  open: () => Readable | Promise<Readable>,
  options: PushBlobOptions,
): Promise<PushOutcome> {
  let upload: URL | undefined;
  for (const from of options.mountFrom ?? []) {
    if (upload) await cancelUpload(session, ref, upload);
    const answer = await startUpload(session, ref, info, options, from);
    if (answer === 'mounted') return answer;
    upload = answer;
  }
  for (let attempt = 1; ; attempt++) {
    const target = upload ?? (await startUpload(session, ref, info, options));
    if (target === 'mounted') return target;
    try {
      await sendContent(session, ref, info, open, target, options);
      return 'uploaded';
    } catch (error) {
      if (!isLost(error) || attempt === TRIES || options.signal?.aborted) throw error;
      upload = undefined;
    }
  }
}

/** Whether the upload session may have gone with its connection, so that a new one is worth a try. */
function isLost(error: unknown): boolean {
  return (
    error instanceof SlipwayError && (error.kind === 'unavailable' || error.code === 'REGISTRY_NOT_FOUND')
  );
}

/** Opens an upload session and returns its address, unless the registry mounts the blob at once. */
async function startUpload(
  session: RegistrySession,
  ref: Reference,
  info: BlobInfo,
  { signal }: PushBlobOptions,
  from?: string,
): Promise<URL | 'mounted'> {
  const query = new URLSearchParams(from === undefined ? {} : { mount: info.digest, from });
  if (info.digest.startsWith('sha512:')) query.set('digest-algorithm', 'sha512');
  const scopes = [`repository:${ref.repository}:pull,push`];
  if (from !== undefined) scopes.push(`repository:${from}:pull`);
  const response = await session.call({
    method: 'POST',
    path: `v2/${ref.repository}/blobs/uploads/${query.size > 0 ? `?${query}` : ''}`,
    scopes,
    accept: [201, 202],
    // A session that nobody uses expires; asking twice does no harm.
    repeatable: true,
    signal,
  });
  response.body.resume();
  if (response.status === 201) return 'mounted';
  const location = URL.parse(response.headers.location ?? '', response.url.href);
  if (location) return location;
  throw new SlipwayError(
    'invalid',
    'REGISTRY_REFUSED',
    `registry ${ref.registry} began an upload without a Location`,
  );
}

async function sendContent(
  session: RegistrySession,
  ref: Reference,
  info: BlobInfo,
  open: () => Readable | Promise<Readable>,
  location: URL,
  { signal }: PushBlobOptions,
): Promise<void> {
  const target = new URL(location);
  target.searchParams.set('digest', info.digest);
  const response = await session.call({
    method: 'PUT',
    path: target.href,
    headers: { 'content-type': 'application/octet-stream', 'content-length': `${info.size}` },
    body: open,
    scopes: [`repository:${ref.repository}:pull,push`],
    accept: [201, 204],
    // The session's state is unknown after a failure: a new one is begun instead.
    repeatable: false,
    signal,
  });
  response.body.resume();
}

async function cancelUpload(session: RegistrySession, ref: Reference, location: URL): Promise<void> {
  const scopes = [`repository:${ref.repository}:pull,push`];
  const accept = [200, 202, 204, 404, 405];
  const call = session.call({ method: 'DELETE', path: location.href, scopes, accept, repeatable: false });
  // Best effort: an abandoned session expires in the registry.
  await call.then(
    ({ body }) => body.resume(),
    () => undefined,
  );
}

import type { Readable } from 'node:stream';
import { SlipwayError, toSlipwayError } from '@slipway/core';
import type { Reference } from '../reference.ts';
import type { BlobInfo } from '../store/ingest.ts';
import type { ApiRequest, ApiResponse, RegistrySession } from './session.ts';

export interface PushBlobOptions {
  /** Repositories of the same registry that may hold the blob already. */
  readonly mountFrom?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether to send the blob even where the repository has it: finds out whether one may. Default false. */
  readonly always?: boolean;
  /** Whether the blob was made a moment ago, so that the repository hardly has it: a small one is sent without asking. */
  readonly isNew?: boolean | undefined;
}

/** What a registry was seen to do, which saves requests to it. */
export interface UploadHabits {
  /** Repositories that it did not mount from. */
  readonly unmountable: Set<string>;
  /** Whether it takes a blob with the request that begins its upload (distribution-spec, end-4b, which is optional). */
  takesWhole: boolean;
}

/** How a blob got to the registry. */
export type PushOutcome = 'present' | 'mounted' | 'uploaded';

const TRIES = 3;
/** As much as goes out before the first answer comes (RFC 6928), so that sending takes no longer than asking. */
const SMALL = 14_000;

/**
 * Brings a blob to the repository in as few requests as it can: mounts it from another one, finds it there, or sends it, as one
 * stream or, where it is small and new, with the first request (distribution-spec, "Push").
 */
export async function uploadBlob(
  session: RegistrySession,
  ref: Reference,
  info: BlobInfo,
  open: () => Readable | Promise<Readable>,
  options: PushBlobOptions,
): Promise<PushOutcome> {
  const { habits } = session;
  let upload: URL | undefined;
  for (const from of options.mountFrom ?? []) {
    if (habits.unmountable.has(from)) continue;
    if (upload) await cancelUpload(session, ref, upload);
    const answer = await tryMount(session, ref, info, options, from);
    if (answer === 'mounted') return answer;
    habits.unmountable.add(from);
    upload = answer;
  }
  if (upload === undefined && options.isNew && info.size <= SMALL && habits.takesWhole) {
    const answer = await sendWhole(session, ref, info, open, options);
    if (answer === 'uploaded') return answer;
    habits.takesWhole = false;
    upload = answer;
  } else if (!options.always && (await isThere(session, ref, info, options))) {
    if (upload) await cancelUpload(session, ref, upload);
    return 'present';
  }
  for (let attempt = 1; ; attempt++) {
    upload ??= await startUpload(session, ref, info, options);
    try {
      await sendContent(session, ref, info, open, upload, options);
      return 'uploaded';
    } catch (error) {
      if (!isLost(error) || attempt === TRIES || options.signal?.aborted) throw error;
      upload = undefined;
    }
  }
}

/** With the token that the upload needs anyway; a repository that is not there yet has no blobs. */
async function isThere(
  session: RegistrySession,
  ref: Reference,
  info: BlobInfo,
  { signal }: PushBlobOptions,
): Promise<boolean> {
  const response = await session.call({
    method: 'HEAD',
    path: `v2/${ref.repository}/blobs/${info.digest}`,
    scopes: pushScopes(ref),
    accept: [200, 404],
    signal,
  });
  response.body.resume();
  return response.status === 200;
}

/** Whether the upload session may have gone with its connection, so that a new one is worth a try. */
function isLost(error: unknown): boolean {
  return (
    error instanceof SlipwayError && (error.kind === 'unavailable' || error.code === 'REGISTRY_NOT_FOUND')
  );
}

/**
 * Asks the registry to mount the blob from another of its repositories. Where it does not, it may have opened an upload
 * session. Some refuse where we may not read the other repository; then there is no harm in sending.
 */
async function tryMount(
  session: RegistrySession,
  ref: Reference,
  info: BlobInfo,
  options: PushBlobOptions,
  from: string,
): Promise<URL | 'mounted' | undefined> {
  const scopes = [...pushScopes(ref), `repository:${from}:pull`];
  const query = { mount: info.digest, from, ...algorithm(info) };
  try {
    const accept = [201, 202, 400, 404, 405];
    const response = await begin(session, ref, query, { ...options, scopes, accept });
    if (response.status === 201) return 'mounted';
    return response.status === 202 ? locationOf(response, ref) : undefined;
  } catch (error) {
    const { kind } = toSlipwayError(error);
    if (kind !== 'unauthenticated' && kind !== 'denied') throw error;
    return undefined;
  }
}

/** Opens an upload session and returns its address. */
async function startUpload(
  session: RegistrySession,
  ref: Reference,
  info: BlobInfo,
  options: PushBlobOptions,
): Promise<URL> {
  const more = { ...options, scopes: pushScopes(ref), accept: [202] };
  return locationOf(await begin(session, ref, algorithm(info), more), ref);
}

/** Sends a small blob at once; a registry that does not know this opens a session, or says that it does not understand. */
async function sendWhole(
  session: RegistrySession,
  ref: Reference,
  info: BlobInfo,
  open: () => Readable | Promise<Readable>,
  options: PushBlobOptions,
): Promise<URL | 'uploaded' | undefined> {
  const response = await begin(
    session,
    ref,
    { digest: info.digest },
    {
      ...options,
      scopes: pushScopes(ref),
      accept: [201, 202, 400, 404, 405, 411, 415, 501],
      headers: contentHeaders(info),
      body: open,
    },
  );
  if (response.status === 201) return 'uploaded';
  return response.status === 202 ? locationOf(response, ref) : undefined;
}

async function begin(
  session: RegistrySession,
  ref: Reference,
  query: Record<string, string>,
  request: Pick<ApiRequest, 'scopes' | 'accept' | 'signal' | 'headers' | 'body'>,
): Promise<ApiResponse> {
  const { scopes, accept, signal, headers, body } = request;
  const parameters = new URLSearchParams(query);
  const response = await session.call({
    method: 'POST',
    path: `v2/${ref.repository}/blobs/uploads/${parameters.size > 0 ? `?${parameters}` : ''}`,
    // A session that nobody uses expires; asking twice does no harm.
    repeatable: true,
    ...{ scopes, accept, signal, body },
    ...(headers && { headers }),
  });
  response.body.resume();
  return response;
}

function locationOf(response: ApiResponse, ref: Reference): URL {
  const location = URL.parse(response.headers.location ?? '', response.url.href);
  if (location) return location;
  throw new SlipwayError(
    'invalid',
    'REGISTRY_REFUSED',
    `registry ${ref.registry} began an upload without a Location`,
  );
}

function algorithm({ digest }: BlobInfo): Record<string, string> {
  return digest.startsWith('sha512:') ? { 'digest-algorithm': 'sha512' } : {};
}

const contentHeaders = ({ size }: BlobInfo): Record<string, string> => ({
  'content-type': 'application/octet-stream',
  'content-length': `${size}`,
});

const pushScopes = (ref: Reference): string[] => [`repository:${ref.repository}:pull,push`];

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
    headers: contentHeaders(info),
    body: open,
    scopes: pushScopes(ref),
    accept: [201, 204],
    // The session's state is unknown after a failure: a new one is begun instead.
    repeatable: false,
    signal,
  });
  response.body.resume();
}

async function cancelUpload(session: RegistrySession, ref: Reference, location: URL): Promise<void> {
  const accept = [200, 202, 204, 404, 405];
  const scopes = pushScopes(ref);
  const call = session.call({ method: 'DELETE', path: location.href, scopes, accept, repeatable: false });
  // Best effort: an abandoned session expires in the registry.
  await call.then(
    ({ body }) => body.resume(),
    () => undefined,
  );
}

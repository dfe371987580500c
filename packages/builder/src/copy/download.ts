import { Readable } from 'node:stream';
import { SlipwayError } from '@slipway/core';
import { type ContentStore, type Digest, isDigest } from '@slipway/oci';
import { notCached } from '../cache/not-cached.ts';
import { requestFailed, transferFailed, wrongChecksum, wrongUrl } from './download-errors.ts';
import { downloadName } from './download-name.ts';
import type { DownloadRecord, DownloadRecords } from './download-records.ts';
import { useProxies } from './use-proxies.ts';

/** A file from a URL. */
export interface Download {
  /** Where it is in the content store. */
  readonly file: string;
  readonly digest: Digest;
  readonly name: string;
  /** `Last-Modified`; 1970 where the server says none, as BuildKit has it. */
  readonly mtime: Date;
}

export interface DownloadOptions {
  readonly store: ContentStore;
  /** What was fetched before. */
  readonly records: DownloadRecords;
  /** `sha256:…`. */
  readonly checksum: string | undefined;
  /** The value of the Authorization header. */
  readonly authorization?: string | undefined;
  /** Whether a file that would have to be fetched ends the build with NOT_CACHED. */
  readonly onlyKnown?: boolean;
  readonly signal: AbortSignal;
}

export function isRemote(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** Whether ADD takes the source for a Git repository, as docker does: by scheme, or by `.git` at the end. */
export function isGitSource(source: string): boolean {
  return (
    /^(?:git|ssh):\/\//.test(source) ||
    /^git@[\w.-]+:/.test(source) ||
    /^https?:\/\/[^#?]+\.git(?:[#?].*)?$/.test(source)
  );
}

/**
 * Fetches the URL into the content store. What was fetched before is asked for with its ETag and time, and sent only if it
 * changed; with its checksum it is not asked for at all. Throws ADD_URL, ADD_DOWNLOAD, ADD_CHECKSUM.
 */
export async function download(source: string, options: DownloadOptions): Promise<Download> {
  const { store, records, checksum, onlyKnown = false } = options;
  if (checksum !== undefined && !(isDigest(checksum) && checksum.startsWith('sha256:')))
    throw wrongChecksum(checksum);
  const request = parseSource(source, options.authorization);
  const record = await storedRecord(source, options);
  if (record && record.digest === checksum) return fromRecord(store, record);
  if (!record && onlyKnown) throw notCached();

  const response = await ask(request, record, options.signal);
  if (record && isUnchanged(response, record)) {
    await response.body?.cancel();
    if (checksum !== undefined) throw otherChecksum(request.shown, record.digest, checksum);
    return fromRecord(store, record);
  }
  if (!response.ok || response.status === 304) {
    await response.body?.cancel();
    throw requestFailed(request, response.status);
  }
  if (onlyKnown) {
    await response.body?.cancel();
    throw notCached();
  }
  const digest = await receive(request, response, options);
  if (checksum !== undefined && checksum !== digest) throw otherChecksum(request.shown, digest, checksum);
  const made = recordOf(request.url, response, digest);
  await records.put(source, made);
  return fromRecord(store, made);
}

/** A request for a file, and the URL as messages may have it: without a password. */
export interface DownloadRequest {
  readonly url: URL;
  readonly shown: string;
  readonly authorization: string | undefined;
}

function parseSource(source: string, authorization: string | undefined): DownloadRequest {
  if (!URL.canParse(source)) throw wrongUrl(source);
  const url = new URL(source);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const own = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const basic = username === '' && password === '' ? undefined : `Basic ${own.toString('base64')}`;
  return { url, shown: basic === undefined ? source : url.href, authorization: authorization ?? basic };
}

/** What is known of the URL, where its content is still there. */
async function storedRecord(
  source: string,
  { records, store }: DownloadOptions,
): Promise<DownloadRecord | undefined> {
  const record = await records.get(source);
  return record && (await store.renew(record.digest)) ? record : undefined;
}

async function ask(
  request: DownloadRequest,
  record: DownloadRecord | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const { url, authorization } = request;
  const { etag, datesContent, lastModified } = record ?? {};
  // fetch would offer more encodings, of which BuildKit knows none: a server may answer them with another ETag.
  const headers = new Headers({ 'accept-encoding': 'gzip', 'user-agent': 'slipway' });
  if (authorization !== undefined) headers.set('authorization', authorization);
  if (etag !== undefined) headers.set('if-none-match', etag);
  if (datesContent && lastModified !== undefined) headers.set('if-modified-since', lastModified);
  useProxies();
  try {
    return await fetch(url, { headers, signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw transferFailed(request, cause, record?.digest);
  }
}

/** There are servers that know no conditions and still name the content: then its body is not read. */
function isUnchanged(response: Response, { etag }: DownloadRecord): boolean {
  if (response.status === 304) return true;
  return response.ok && etag !== undefined && response.headers.get('etag') === etag;
}

async function receive(
  request: DownloadRequest,
  { body }: Response,
  { store, signal }: DownloadOptions,
): Promise<Digest> {
  await using ingest = await store.beginTemporary();
  const content = body === null ? [] : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  try {
    for await (const chunk of content) await ingest.write(chunk);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof SlipwayError ? error : transferFailed(request, error);
  }
  return (await ingest.commit()).digest;
}

function recordOf(url: URL, { headers }: Response, digest: Digest): DownloadRecord {
  const name = downloadName(url, headers.get('content-disposition'));
  const etag = headers.get('etag') ?? undefined;
  const lastModified = headers.get('last-modified') ?? undefined;
  // RFC 9110, section 8.8.2.2: within the same second the file may have changed again.
  const answered = Date.parse(headers.get('date') ?? '') || Date.now();
  const datesContent = answered - Date.parse(lastModified ?? '') >= 1000;
  return { digest, name, etag, lastModified, datesContent };
}

function fromRecord(store: ContentStore, { digest, name, lastModified }: DownloadRecord): Download {
  const modified = Date.parse(lastModified ?? '');
  return {
    file: store.path(digest),
    digest,
    name,
    mtime: new Date(Number.isNaN(modified) ? 0 : modified),
  };
}

function otherChecksum(url: string, digest: Digest, wanted: string): SlipwayError {
  return new SlipwayError('invalid', 'ADD_CHECKSUM', `${url} has the checksum ${digest}, not ${wanted}`);
}

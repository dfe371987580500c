import { open } from 'node:fs/promises';
import type { Digest } from '@slipway/oci';
import { renewBlob } from '../blobs.ts';
import { parseRange } from '../http/range.ts';
import { sendEmpty } from '../http/respond.ts';
import { sendFile } from '../http/send-file.ts';
import type { Exchange, RegistryContext } from '../registry-context.ts';
import { RegistryError } from '../registry-error.ts';
import type { Route } from '../route.ts';

/** GET and HEAD of a blob (end-2), whole or one range. */
export async function getBlob(
  context: RegistryContext,
  { request, response }: Exchange,
  { repository, digest }: Extract<Route, { kind: 'blob' }>,
): Promise<void> {
  const local = context.metadata.blob(repository, digest);
  const size = local?.size ?? (await context.mirror?.blobSize(repository, digest));
  if (size === undefined) throw new RegistryError('BLOB_UNKNOWN', `${repository} has no blob ${digest}`);
  const headers = blobHeaders(digest);
  if (request.headers['if-none-match'] === headers.ETag) return sendEmpty(response, 304, headers);
  if (request.method === 'HEAD' && local !== undefined) await renewBlob(context, repository, digest, local);
  if (request.method === 'HEAD')
    return sendEmpty(response, 200, { ...headers, 'Content-Length': String(size) });
  if (local === undefined) {
    // Waiting for another registry may be longer than a silent client is given.
    request.setTimeout(0);
    const whole = request.headers.range === undefined ? response : undefined;
    // Not written yet: node sends these with the first byte of the body.
    whole?.setHeaders(new Map([...Object.entries(headers), ['Content-Length', String(size)]]));
    if (await context.mirror?.fetchBlob(repository, digest, size, whole)) return;
    for (const name of response.getHeaderNames()) response.removeHeader(name);
  }
  const range = parseRange(request.headers.range, size);
  const length = range === undefined ? size : range.end - range.start + 1;
  await using file = await open(context.store.path(digest), 'r');
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    'Content-Length': length,
    ...(range && { 'Content-Range': `bytes ${range.start}-${range.end}/${size}` }),
  });
  await sendFile(response, file, { start: range?.start ?? 0, length });
}

function blobHeaders(
  digest: Digest,
): Record<'ETag' | 'Docker-Content-Digest', string> & Record<string, string> {
  return {
    'Docker-Content-Digest': digest,
    ETag: `"${digest}"`,
    'Content-Type': 'application/octet-stream',
    'Accept-Ranges': 'bytes',
    // A blob's name is its content's hash: it can never change.
    'Cache-Control': 'private, max-age=31536000, immutable',
  };
}

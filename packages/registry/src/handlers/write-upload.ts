import { toSlipwayError } from '@slipway/core';
import { type Ingest, parseDigest } from '@slipway/oci';
import { commitBlob } from '../blobs.ts';
import { type ByteRange, parseContentRange } from '../http/range.ts';
import { sendEmpty } from '../http/respond.ts';
import { overQuota, roomIn } from '../quota.ts';
import type { Exchange, RegistryContext } from '../registry-context.ts';
import { RegistryError } from '../registry-error.ts';
import type { Route } from '../route.ts';
import { UploadWatch } from '../uploads/upload-watch.ts';
import { writeBody } from '../uploads/write-body.ts';
import { sendBlobCreated, sendUploadAccepted, uploadHeaders } from './upload-answers.ts';

type UploadRoute = Extract<Route, { kind: 'upload' }>;

/** PATCH: appends a chunk (end-5), with Content-Range at its place, without wherever the upload is. */
export async function appendToUpload(
  context: RegistryContext,
  exchange: Exchange,
  { repository, id }: UploadRoute,
): Promise<void> {
  await context.uploads.use(repository, id, async (ingest) => {
    await append(context, exchange, repository, ingest);
    sendUploadAccepted(exchange.response, repository, id, ingest.offset);
  });
}

/** PUT: appends the last bytes, if any, verifies and publishes the blob (end-6). */
export async function finishUpload(
  context: RegistryContext,
  exchange: Exchange,
  { repository, id }: UploadRoute,
): Promise<void> {
  const digest = parseDigest(exchange.query.get('digest') ?? '');
  await context.uploads.use(repository, id, async (ingest) => {
    await append(context, exchange, repository, ingest);
    // From here on the session is over whether the digest is right or not: what is wrong cannot be mended by more bytes.
    context.uploads.forget(id);
    await commitBlob(context, repository, digest, ingest);
    sendBlobCreated(exchange.response, repository, digest);
  });
}

/** GET: where the upload is (end-13). */
export async function getUpload(
  context: RegistryContext,
  { response }: Exchange,
  { repository, id }: UploadRoute,
): Promise<void> {
  sendEmpty(response, 204, uploadHeaders(repository, id, await context.uploads.offset(repository, id)));
}

/** DELETE: cancels the upload (end-14). */
export async function cancelUpload(
  context: RegistryContext,
  { response }: Exchange,
  { repository, id }: UploadRoute,
): Promise<void> {
  await context.uploads.use(repository, id, (ingest) => abandon(context, ingest));
  sendEmpty(response, 204);
}

async function append(
  context: RegistryContext,
  { request }: Exchange,
  repository: string,
  ingest: Ingest,
): Promise<void> {
  const header = request.headers['content-range'];
  const range = header === undefined ? undefined : parseContentRange(header);
  const declared = request.headers['content-length'];
  if (range !== undefined) checkPlace(range, declared, repository, ingest);
  const start = ingest.offset;
  try {
    const room = (await roomIn(context, repository)) - ingest.offset;
    if (Number(declared ?? 0) > room) throw overQuota(Number(declared), room);
    await writeBody(ingest, request, new UploadWatch({ ...context, room }));
  } catch (error) {
    const { kind } = toSlipwayError(error);
    // No room: what is here already must not keep others from theirs until it expires.
    if (kind === 'exhausted' || kind === 'denied') await abandon(context, ingest);
    throw error;
  }
  const length = ingest.offset - start;
  if (range === undefined || length === range.end - range.start + 1) return;
  throw new RegistryError(
    'BLOB_UPLOAD_INVALID',
    `the chunk has ${length} bytes, not what its Content-Range says`,
  );
}

async function abandon(context: RegistryContext, ingest: Ingest): Promise<void> {
  context.uploads.forget(ingest.id);
  await ingest.abort();
}

/** Chunks come in order (distribution-spec 1.1, "Pushing a blob in chunks"): anything else is a 416 that says where to go on. */
function checkPlace(
  range: ByteRange,
  declared: string | undefined,
  repository: string,
  ingest: Ingest,
): void {
  if (range.start !== ingest.offset) {
    throw new RegistryError(
      'RANGE_INVALID',
      `the upload goes on at byte ${ingest.offset}, the chunk begins at ${range.start}`,
      { headers: uploadHeaders(repository, ingest.id, ingest.offset) },
    );
  }
  if (declared !== undefined && Number(declared) !== range.end - range.start + 1) {
    throw new RegistryError(
      'SIZE_INVALID',
      `the Content-Range has ${range.end - range.start + 1} bytes, the Content-Length says ${declared}`,
    );
  }
}

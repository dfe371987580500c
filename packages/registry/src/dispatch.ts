import { deleteBlob } from './handlers/delete-blob.ts';
import { deleteManifest } from './handlers/delete-manifest.ts';
import { getBlob } from './handlers/get-blob.ts';
import { getManifest } from './handlers/get-manifest.ts';
import { listReferrers } from './handlers/list-referrers.ts';
import { listRepositories } from './handlers/list-repositories.ts';
import { listTags } from './handlers/list-tags.ts';
import { putManifest } from './handlers/put-manifest.ts';
import { startUpload } from './handlers/start-upload.ts';
import { appendToUpload, cancelUpload, finishUpload, getUpload } from './handlers/write-upload.ts';
import type { Exchange, RegistryContext } from './registry-context.ts';
import { RegistryError } from './registry-error.ts';
import type { Route } from './route.ts';

type Served = Exclude<Route['kind'], 'base' | 'health' | 'token'>;
type Handler<K extends Served> = (
  context: RegistryContext,
  exchange: Exchange,
  route: Extract<Route, { kind: K }>,
) => Promise<void>;

/** A handler whose kind of path is not known; the table has it right. */
type AnyHandler = (context: RegistryContext, exchange: Exchange, route: never) => Promise<void>;

/** Which handler answers a method on a kind of path; HEAD is GET without the body. */
const HANDLERS: { readonly [K in Served]: Readonly<Record<string, Handler<K>>> } = {
  catalog: { GET: listRepositories },
  tags: { GET: listTags },
  referrers: { GET: listReferrers },
  manifest: { GET: getManifest, HEAD: getManifest, PUT: putManifest, DELETE: deleteManifest },
  blob: { GET: getBlob, HEAD: getBlob, DELETE: deleteBlob },
  uploads: { POST: startUpload },
  upload: { GET: getUpload, PATCH: appendToUpload, PUT: finishUpload, DELETE: cancelUpload },
};

/** Answers a request whose caller may make it. Throws UNSUPPORTED (405) for a method that the path does not have. */
export async function dispatch(
  context: RegistryContext,
  exchange: Exchange,
  route: Extract<Route, { kind: Served }>,
): Promise<void> {
  const handlers = HANDLERS[route.kind] as Readonly<Record<string, AnyHandler>>;
  const method = exchange.request.method ?? '';
  if (!Object.hasOwn(handlers, method)) {
    const allowed = Object.keys(handlers).join(', ');
    throw new RegistryError('UNSUPPORTED', `this path takes ${allowed}, not ${method}`, {
      headers: { Allow: allowed },
    });
  }
  await handlers[method]!(context, exchange, route as never);
}

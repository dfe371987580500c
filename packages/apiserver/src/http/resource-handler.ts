import { StatusError } from '@slipway/kube';
import { requireAccess } from '../authz/require-access.ts';
import type { ResourceRequest, ServerContext } from '../context.ts';
import { createObject } from '../verbs/create.ts';
import { createReview } from '../verbs/create-review.ts';
import { createToken } from '../verbs/create-token.ts';
import { deleteObject } from '../verbs/delete.ts';
import { deleteCollection } from '../verbs/delete-collection.ts';
import { evictPod } from '../verbs/evict-pod.ts';
import { getObject } from '../verbs/get.ts';
import { listObjects } from '../verbs/list.ts';
import { patchObject } from '../verbs/patch.ts';
import { updateObject } from '../verbs/update.ts';
import { watchObjects } from '../verbs/watch.ts';
import type { Exchange } from './exchange.ts';
import { sendPodLog } from './log-response.ts';
import { notFound } from './path-handler.ts';
import { deleteOptions, flag, listOptions, watchOptions, writeOptions } from './query.ts';
import { readDeleteBody, readObject, readPatch } from './read-object.ts';
import { deletedAnswer, listAnswer, storedAnswer } from './representation.ts';
import type { ResourcePath } from './request-path.ts';
import { addWarning, sendDocument } from './respond.ts';
import { viewHandler } from './view-handler.ts';
import { sendWatch } from './watch-response.ts';

type Handler = (context: ServerContext, exchange: Exchange, request: ResourceRequest) => Promise<void>;

/** Answers a request for a resource: finds its kind and verb, asks whether the user may, and calls the verb. */
export async function handleResource(
  context: ServerContext,
  exchange: Exchange,
  path: ResourcePath,
): Promise<void> {
  const definition = context.catalog.find(path.group, path.version, path.plural);
  if (definition === undefined) throw notFound();
  const { subresource, name, namespace } = path;
  const isKnown = subresource === undefined || definition.type.subresources?.includes(subresource);
  if (!isKnown || (namespace !== '' && !definition.type.namespaced)) throw notFound();
  const { user, response } = exchange;
  const warn = (text: string): void => addWarning(response, text);
  const request: ResourceRequest = { user, definition, namespace, name, subresource, warn };
  const verb = verbOf(exchange, path);
  requireAccess(context, verb, accessRequest(exchange, request, verb));
  const handler = handlerOf(verb, request);
  if (handler === undefined)
    throw StatusError.methodNotAllowed(definition.type, verb || exchange.request.method || '');
  await handler(context, exchange, request);
}

function verbOf({ request, url }: Exchange, { name }: ResourcePath): string {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      if (flag(url.searchParams, 'watch')) return 'watch';
      return name === '' ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      return '';
  }
}

/** A list of one name counts as access to that object: a rule with resourceNames may allow it. */
function accessRequest({ url }: Exchange, request: ResourceRequest, verb: string): ResourceRequest {
  if (request.name !== '' || (verb !== 'list' && verb !== 'watch')) return request;
  const [, name] = /^metadata\.name==?([^,]+)$/.exec(url.searchParams.get('fieldSelector') ?? '') ?? [];
  return name === undefined ? request : { ...request, name };
}

function handlerOf(verb: string, { definition, name, subresource }: ResourceRequest): Handler | undefined {
  const { createOnly } = definition.type;
  if (definition.view !== undefined) return viewHandler(definition.view, verb);
  if (createOnly) return verb === 'create' ? handleReview : undefined;
  if (subresource === 'log') return verb === 'get' ? sendPodLog : undefined;
  if (subresource === 'token') return verb === 'create' ? handleToken : undefined;
  if (subresource === 'eviction') return verb === 'create' ? handleEviction : undefined;
  if (subresource !== undefined) return SUBRESOURCE_HANDLERS[verb];
  const isOfCollection = verb === 'create';
  const isOfObject = verb === 'update' || verb === 'patch';
  if (name === '' ? isOfObject : isOfCollection) return undefined;
  return HANDLERS[verb];
}

const handleGet: Handler = async (context, exchange, request) => {
  answer(exchange, 200, storedAnswer(context, exchange, request, getObject(context, request)));
};

const handleList: Handler = async (context, exchange, request) => {
  const list = listObjects(context, request, listOptions(exchange.url.searchParams));
  answer(exchange, 200, listAnswer(context, exchange, request, list));
};

const handleWatch: Handler = async (context, exchange, request) => {
  const options = watchOptions(exchange.url.searchParams, exchange.signal);
  await sendWatch(context, exchange, request, watchObjects(context, request, options));
};

const handleCreate: Handler = async (context, exchange, request) => {
  const body = await readObject(exchange.request);
  const stored = await createObject(context, request, body, writeOptionsOf(exchange));
  answer(exchange, 201, storedAnswer(context, exchange, request, stored));
};

const handleUpdate: Handler = async (context, exchange, request) => {
  const body = await readObject(exchange.request);
  const stored = await updateObject(context, request, body, writeOptionsOf(exchange));
  answer(exchange, 200, storedAnswer(context, exchange, request, stored));
};

const handlePatch: Handler = async (context, exchange, request) => {
  const patch = await readPatch(exchange.request);
  const options = { ...writeOptionsOf(exchange), force: flag(exchange.url.searchParams, 'force') ?? false };
  if (patch.type === 'apply' && !exchange.url.searchParams.get('fieldManager')) {
    throw StatusError.badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  const { stored, created } = await patchObject(context, request, patch, options);
  answer(exchange, created ? 201 : 200, storedAnswer(context, exchange, request, stored));
};

const handleDelete: Handler = async (context, exchange, request) => {
  const options = deleteOptions(exchange.url.searchParams, await readDeleteBody(exchange.request));
  const result = await deleteObject(context, request, options);
  answer(exchange, 200, deletedAnswer(context, exchange, request, result));
};

const handleDeleteCollection: Handler = async (context, exchange, request) => {
  const query = exchange.url.searchParams;
  const options = deleteOptions(query, await readDeleteBody(exchange.request));
  const list = await deleteCollection(context, request, listOptions(query), options);
  answer(exchange, 200, listAnswer(context, exchange, request, list));
};

const handleReview: Handler = async (context, exchange, request) => {
  const body = await readObject(exchange.request);
  answer(exchange, 201, await createReview(context, request, body, writeOptionsOf(exchange)));
};

const handleToken: Handler = async (context, exchange, request) => {
  const body = await readObject(exchange.request);
  answer(exchange, 201, await createToken(context, request, body, writeOptionsOf(exchange)));
};

const handleEviction: Handler = async (context, exchange, request) => {
  const { value } = await readObject(exchange.request);
  answer(exchange, 201, await evictPod(context, request, value));
};

const HANDLERS: Readonly<Record<string, Handler>> = {
  get: handleGet,
  list: handleList,
  watch: handleWatch,
  create: handleCreate,
  update: handleUpdate,
  patch: handlePatch,
  delete: handleDelete,
  deletecollection: handleDeleteCollection,
};

/** `status` and `finalize` are parts of the object itself. */
const SUBRESOURCE_HANDLERS: Readonly<Record<string, Handler>> = {
  get: handleGet,
  update: handleUpdate,
  patch: handlePatch,
};

function answer({ response, accepted }: Exchange, code: number, document: unknown): void {
  sendDocument(response, code, document, accepted);
}

function writeOptionsOf({ url, request }: Exchange): ReturnType<typeof writeOptions> {
  return writeOptions(url.searchParams, request.headers['user-agent']);
}

import type { ResourceRequest, ServerContext } from '../context.ts';
import type { ResourceView } from '../resources/definition.ts';
import { decodeBody } from '../verbs/body.ts';
import type { ListResult } from '../verbs/list.ts';
import type { Exchange } from './exchange.ts';
import { deleteOptions, writeOptions } from './query.ts';
import { readDeleteBody, readObject } from './read-object.ts';
import { deletedAnswer, listAnswer, storedAnswer } from './representation.ts';
import { sendDocument } from './respond.ts';

type Handler = (context: ServerContext, exchange: Exchange, request: ResourceRequest) => Promise<void>;

/** Answers a request for a kind that is a view of others; undefined for a verb that it does not have. */
export function viewHandler(view: ResourceView, verb: string): Handler | undefined {
  if (verb === 'get' && view.get) return (...args) => get(view, ...args);
  if (verb === 'list' && view.list) return (...args) => list(view, ...args);
  if (verb === 'create' && view.create) return (...args) => create(view, ...args);
  if (verb === 'delete' && view.delete) return (...args) => remove(view, ...args);
  return undefined;
}

type StatusDocument = Exclude<ReturnType<NonNullable<ResourceView['list']>>, ListResult>;
type Arguments = [view: ResourceView, context: ServerContext, exchange: Exchange, request: ResourceRequest];

async function get(...[view, context, exchange, request]: Arguments): Promise<void> {
  answer(exchange, 200, storedAnswer(context, exchange, request, view.get!(context, request)));
}

async function list(...[view, context, exchange, request]: Arguments): Promise<void> {
  const result = view.list!(context, request);
  answer(exchange, 200, isStatus(result) ? result : listAnswer(context, exchange, request, result));
}

function isStatus(result: ListResult | StatusDocument): result is StatusDocument {
  return 'kind' in result;
}

async function create(...[view, context, exchange, request]: Arguments): Promise<void> {
  const options = writeOptions(exchange.url.searchParams, exchange.request.headers['user-agent']);
  const body = await readObject(exchange.request);
  const object = decodeBody(request, body, options);
  const stored = await view.create!(context, request, object, options);
  answer(exchange, 201, storedAnswer(context, exchange, request, stored));
}

async function remove(...[view, context, exchange, request]: Arguments): Promise<void> {
  const options = deleteOptions(exchange.url.searchParams, await readDeleteBody(exchange.request));
  const result = await view.delete!(context, request, options);
  answer(exchange, 200, deletedAnswer(context, exchange, request, result));
}

function answer({ response, accepted }: Exchange, code: number, document: unknown): void {
  sendDocument(response, code, document, accepted);
}

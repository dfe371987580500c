import { apiVersionOf, type FieldError, forbiddenField, StatusError } from '@slipway/kube';
import type { ResourceRequest, ServerContext } from '../context.ts';
import { storageKey } from '../resources/definition.ts';
import { StoredObject, type StoreEvent } from '../storage/stored-object.ts';
import { EventQueue } from './event-queue.ts';
import { namespaceOf } from './list.ts';
import { orExpired, parseResourceVersion, requireReached } from './resource-version.ts';
import { type Selection, type Selectors, selection, selects } from './selection.ts';

export interface WatchOptions extends Selectors {
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: string | undefined;
  readonly sendInitialEvents?: boolean | undefined;
  readonly allowWatchBookmarks?: boolean | undefined;
  /** Default: no end. */
  readonly timeoutSeconds?: number | undefined;
  /** Ends the watch without an error. */
  readonly signal: AbortSignal;
}

export interface WatchItem {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: StoredObject;
}

const BOOKMARK_EVERY_MS = 60_000;
const MAX_WAITING = 10_000;

/**
 * The changes of a collection from a revision on; without one, or with `sendInitialEvents`, its present objects first.
 * Throws Expired when the log does not go back so far. Ends after the timeout, and when the reader is far too slow.
 */
export function watchObjects(
  context: ServerContext,
  request: ResourceRequest,
  options: WatchOptions,
): AsyncIterable<WatchItem> {
  const chosen = selection(request.definition, options);
  requireValid(options);
  const from = parseResourceVersion(options.resourceVersion) ?? 0;
  if (from > 0) requireReached(context.store, from);
  const resource = storageKey(request.definition.type);
  const end = new DisposableStack();
  const queue = new EventQueue<WatchItem>(MAX_WAITING, () => end.dispose());
  try {
    // No other write can come between these lines: what the replay does not show, the subscription will.
    if (options.sendInitialEvents ?? from === 0) pushState(context, request, options, chosen, queue);
    else replay(context, request, from, chosen, queue);
    end.defer(context.store.subscribe(resource, (event) => pushEvent(request, event, chosen, queue)));
    closeInTime(context, request, options, queue, end);
  } catch (error) {
    queue.close();
    throw error;
  }
  return queue;
}

/** Bookmarks, the timeout and both signals; `end` takes them back. */
function closeInTime(
  { store, signal: serverSignal }: ServerContext,
  request: ResourceRequest,
  options: WatchOptions,
  queue: EventQueue<WatchItem>,
  end: DisposableStack,
): void {
  const close = (): void => queue.close();
  if (options.timeoutSeconds) {
    const timer = setTimeout(close, options.timeoutSeconds * 1000).unref();
    end.defer(() => clearTimeout(timer));
  }
  if (options.allowWatchBookmarks) {
    const timer = setInterval(() => queue.push(bookmark(request, store.revision)), BOOKMARK_EVERY_MS).unref();
    end.defer(() => clearInterval(timer));
  }
  for (const signal of [options.signal, serverSignal]) {
    signal.addEventListener('abort', close, { once: true });
    end.defer(() => signal.removeEventListener('abort', close));
    if (signal.aborted) close();
  }
}

function requireValid({ sendInitialEvents, resourceVersionMatch, allowWatchBookmarks }: WatchOptions): void {
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && resourceVersionMatch !== 'NotOlderThan') {
    const why = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    errors.push(forbiddenField('resourceVersionMatch', why));
  }
  if (sendInitialEvents === undefined && resourceVersionMatch) {
    const why = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    errors.push(forbiddenField('resourceVersionMatch', why));
  }
  if (sendInitialEvents === true && !allowWatchBookmarks) {
    errors.push(
      forbiddenField('sendInitialEvents', 'sendInitialEvents requires allowWatchBookmarks to be true'),
    );
  }
  if (errors.length > 0) throw StatusError.invalid('ListOptions.meta.k8s.io', '', errors);
}

function pushState(
  { store }: ServerContext,
  request: ResourceRequest,
  options: WatchOptions,
  chosen: Selection,
  queue: EventQueue<WatchItem>,
): void {
  const query = { resource: storageKey(request.definition.type), namespace: namespaceOf(request) };
  for (const object of store.list(query).items) {
    if (isWanted(request, object) && selects(chosen, object)) queue.push({ type: 'ADDED', object });
  }
  if (options.sendInitialEvents) queue.push(bookmark(request, store.revision, { initialEventsEnd: true }));
}

function replay(
  { store }: ServerContext,
  request: ResourceRequest,
  from: number,
  chosen: Selection,
  queue: EventQueue<WatchItem>,
): void {
  const events = orExpired(() => store.eventsAfter(from, storageKey(request.definition.type)));
  for (const event of events) pushEvent(request, event, chosen, queue);
}

/** An object that comes into a selection is ADDED for its watcher, one that leaves it DELETED. */
function pushEvent(
  request: ResourceRequest,
  event: StoreEvent,
  chosen: Selection,
  queue: EventQueue<WatchItem>,
): void {
  if (!isWanted(request, event.object)) return;
  const is = event.type !== 'DELETED' && selects(chosen, event.object);
  const was = event.previous !== undefined && selects(chosen, event.previous);
  if (is) queue.push({ type: was ? 'MODIFIED' : 'ADDED', object: event.object });
  else if (was) queue.push({ type: 'DELETED', object: event.object });
}

function isWanted(request: ResourceRequest, { key }: StoredObject): boolean {
  const namespace = namespaceOf(request);
  return (
    (namespace === undefined || key.namespace === namespace) &&
    (request.name === '' || key.name === request.name)
  );
}

function bookmark(
  request: ResourceRequest,
  revision: number,
  options: { initialEventsEnd?: boolean } = {},
): WatchItem {
  const { type } = request.definition;
  const annotations = options.initialEventsEnd
    ? { annotations: { 'k8s.io/initial-events-end': 'true' } }
    : {};
  const object = {
    kind: type.kind,
    apiVersion: apiVersionOf(type),
    metadata: { resourceVersion: String(revision), creationTimestamp: null, ...annotations },
  };
  const key = { resource: storageKey(type), namespace: '', name: '' };
  return { type: 'BOOKMARK', object: new StoredObject(key, '', revision, JSON.stringify(object)) };
}

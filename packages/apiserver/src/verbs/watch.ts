import { apiVersionOf, type FieldError, forbiddenField, StatusError } from '@slipway/kube';
import type { ResourceRequest, ServerContext } from '../context.ts';
import { storageKey } from '../resources/definition.ts';
import { viewIn } from '../resources/versions.ts';
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
/** What a timer can hold. */
const MAX_TIMER_MS = 2 ** 31 - 1;

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
  const end = new DisposableStack();
  const queue = new EventQueue<WatchItem>(MAX_WAITING, () => end.dispose());
  // No other write can come between these lines: what the first does not show, the second will.
  const wantsState = options.sendInitialEvents ?? from === 0;
  queue.seed(
    wantsState
      ? presentItems(context, request, options, chosen)
      : missedItems(context, request, from, chosen),
  );
  subscribe(context, request, chosen, queue, end);
  closeInTime(context, request, options, queue, end);
  return queue;
}

function subscribe(
  { store }: ServerContext,
  request: ResourceRequest,
  chosen: Selection,
  queue: EventQueue<WatchItem>,
  end: DisposableStack,
): void {
  const unsubscribe = store.subscribe(storageKey(request.definition.type), (event) => {
    for (const item of itemsOf(request, event, chosen)) queue.push(item);
  });
  end.defer(unsubscribe);
}

/** Bookmarks, the timeout and both signals; `end` takes them back. */
function closeInTime(
  { store, signal: serverSignal }: ServerContext,
  request: ResourceRequest,
  { timeoutSeconds, allowWatchBookmarks, signal }: WatchOptions,
  queue: EventQueue<WatchItem>,
  end: DisposableStack,
): void {
  const close = (): void => queue.close();
  if (timeoutSeconds) {
    const timer = setTimeout(close, Math.min(timeoutSeconds * 1000, MAX_TIMER_MS)).unref();
    end.defer(() => clearTimeout(timer));
  }
  if (allowWatchBookmarks) {
    const timer = setInterval(() => queue.push(bookmark(request, store.revision)), BOOKMARK_EVERY_MS).unref();
    end.defer(() => clearInterval(timer));
  }
  const signals = [signal, serverSignal];
  for (const each of signals) {
    each.addEventListener('abort', close, { once: true });
    end.defer(() => each.removeEventListener('abort', close));
  }
  if (signals.some(({ aborted }) => aborted)) close();
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

function presentItems(
  { store }: ServerContext,
  request: ResourceRequest,
  options: WatchOptions,
  chosen: Selection,
): WatchItem[] {
  const query = { resource: storageKey(request.definition.type), namespace: namespaceOf(request) };
  const items = store
    .list(query)
    .items.filter((object) => isWanted(request, object) && selects(chosen, object))
    .map((object): WatchItem => ({ type: 'ADDED', object: viewIn(request.definition, object) }));
  if (!options.sendInitialEvents) return items;
  return [...items, bookmark(request, store.revision, { initialEventsEnd: true })];
}

function missedItems(
  { store }: ServerContext,
  request: ResourceRequest,
  from: number,
  chosen: Selection,
): WatchItem[] {
  const events = orExpired(() => store.eventsAfter(from, storageKey(request.definition.type)));
  return events.flatMap((event) => itemsOf(request, event, chosen));
}

/** What a watcher sees of an event: an object that comes into its selection is ADDED, one that leaves it DELETED. */
function itemsOf(request: ResourceRequest, event: StoreEvent, chosen: Selection): WatchItem[] {
  if (!isWanted(request, event.object)) return [];
  const is = event.type !== 'DELETED' && selects(chosen, event.object);
  const was = event.previous !== undefined && selects(chosen, event.previous);
  if (!is && !was) return [];
  const object = viewIn(request.definition, event.object);
  if (is) return [{ type: was ? 'MODIFIED' : 'ADDED', object }];
  return [{ type: 'DELETED', object }];
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

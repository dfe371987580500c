import { type Clock, type Logger, silentLogger } from '@slipway/core';
import type { KubeClient } from '../client.ts';
import { controllerOf, keyOf, objectKey } from '../metadata.ts';
import type { KubeObject } from '../objects/metadata.ts';
import { apiVersionOf, type ResourceType } from '../resources.ts';
import { isStatus } from '../status-error.ts';
import { Informer, watchAll } from './informer.ts';
import { type Reconciled, type ReconcileResult, WorkQueue } from './work-queue.ts';

/** Other objects whose changes make the controller look at its own again. */
export interface ResyncTrigger {
  readonly type: ResourceType;
  readonly labelSelector?: string | undefined;
  /** The keys to look at; default: the controlling owner, when it is of the controller's type. */
  readonly keys?: ((object: KubeObject) => readonly string[]) | undefined;
}

/** What a controller watches and does. */
export interface ControllerOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly type: ResourceType;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Makes the world as the object wants it; `object` is the cached one (do not change it), undefined when deleted. */
  readonly reconcile: (key: string, object: T | undefined) => ReconcileResult;
  readonly resyncOn?: readonly ResyncTrigger[] | undefined;
  readonly concurrency?: number | undefined;
  readonly signal: AbortSignal;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
}

/** A running controller. */
export interface Controller<T extends KubeObject> {
  readonly informer: Informer<T>;
  /** Caches of the triggers' objects, in the order of `resyncOn`. */
  readonly triggers: readonly Informer<KubeObject>[];
  /** Resolves when every cache has its first list. */
  readonly ready: Promise<void>;
  enqueue(key: string): void;
  /** Resolves when no key waits or runs. */
  idle(): Promise<void>;
}

/** Runs `reconcile` for each object that changes, one at a time a key, again with backoff when it throws. */
export function controller<T extends KubeObject>(options: ControllerOptions<T>): Controller<T> {
  const { client, type, namespace, labelSelector, signal, clock, logger = silentLogger } = options;
  const follow = { namespace, signal, clock, logger };
  const queue = new WorkQueue({
    process: async (key): Promise<Reconciled | undefined> => {
      await ready;
      return (await options.reconcile(key, informer.byKey(key))) ?? undefined;
    },
    concurrency: options.concurrency,
    signal,
    clock,
    onError: (key, error, failures) => logReconcileFailure(logger, key, error, failures),
  });
  const informer = new Informer<T>(client, type, {
    ...follow,
    labelSelector,
    onEvent: ({ object }) => queue.add(objectKey(object)),
  });
  const triggers = (options.resyncOn ?? []).map((trigger) =>
    watchAll<KubeObject>(client, trigger.type, {
      ...follow,
      labelSelector: trigger.labelSelector,
      onEvent: ({ object }) => {
        for (const key of (trigger.keys ?? ownerKeys(type))(object)) queue.add(key);
      },
    }),
  );
  const ready = Promise.all([informer.ready, ...triggers.map((trigger) => trigger.ready)]).then(() => {});
  // Whoever awaits `ready` sees the abort; nobody has to.
  ready.catch(() => {});
  void informer.run();
  return { informer, triggers, ready, enqueue: (key) => queue.add(key), idle: () => queue.idle() };
}

/** Maps an object to the key of the object of `type` that controls it. */
export function ownerKeys(type: ResourceType): (object: KubeObject) => string[] {
  return (object) => {
    const owner = controllerOf(object);
    const mine = owner?.kind === type.kind && owner.apiVersion === apiVersionOf(type);
    return owner && mine ? [keyOf(owner.name, type.namespaced ? object.metadata.namespace : undefined)] : [];
  };
}

function logReconcileFailure(logger: Logger, key: string, error: unknown, failures: number): void {
  // A conflict is the normal end of work on an outdated cache; the next try sees the new object.
  const level = isStatus(error, 'Conflict') ? 'debug' : 'warn';
  logger[level]('reconcile failed', { key, failures, error: String(error) });
}

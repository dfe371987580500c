import { backoffDelay, type Clock, type Logger, silentLogger, systemClock } from '@slipway/core';
import type { KubeClient, WatchEvent } from '../client.ts';
import { keyOf, objectKey } from '../metadata.ts';
import type { KubeObject } from '../objects/metadata.ts';
import { qualifiedResource, type ResourceType } from '../resources.ts';
import { isStatus } from '../status-error.ts';

/** A change of the cache; `old` is the object before it. */
export interface InformerEvent<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
  readonly old?: T;
}

/** What an informer follows. */
export interface InformerOptions<T extends KubeObject> {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly signal: AbortSignal;
  /** Called in order, after the cache has changed. What it throws is logged. */
  readonly onEvent?: ((event: InformerEvent<T>) => void) | undefined;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
}

/** A watch that ends sooner than this without an event counts as a failure, so that it cannot spin. */
const SHORTEST_WATCH_MS = 1000;

/**
 * A local copy of a list that follows the server: list, then watch from there; resumes when the watch ends, lists again
 * when the server no longer has the version. The cached objects are shared: copy before changing.
 */
export class Informer<T extends KubeObject> {
  readonly #client: KubeClient;
  readonly #type: ResourceType;
  readonly #options: InformerOptions<T>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #cache = new Map<string, T>();
  readonly #ready = Promise.withResolvers<void>();
  #version: string | undefined;
  #failures = 0;

  constructor(client: KubeClient, type: ResourceType, options: InformerOptions<T>) {
    this.#client = client;
    this.#type = type;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = (options.logger ?? silentLogger).with({ resource: qualifiedResource(type) });
    // Whoever awaits `ready` sees the abort; nobody has to.
    this.#ready.promise.catch(() => {});
  }

  /** Resolves when the first list is in the cache and its events are delivered; rejects when aborted before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#cache.get(keyOf(name, namespace));
  }

  /** The object with this key (`namespace/name`). */
  byKey(key: string): T | undefined {
    return this.#cache.get(key);
  }

  items(): T[] {
    return [...this.#cache.values()];
  }

  /** Follows the server until the signal aborts; call it once. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      try {
        this.#version ??= await this.#list();
        this.#ready.resolve();
        await this.#follow(this.#version);
      } catch (error) {
        await this.#recover(error);
      }
    }
    this.#ready.reject(signal.reason);
  }

  async #list(): Promise<string> {
    const { namespace, labelSelector, fieldSelector, signal } = this.#options;
    const query = { namespace, labelSelector, fieldSelector, signal };
    const list = await this.#client.list<T>(this.#type, query);
    const present = new Set(list.items.map(objectKey));
    for (const [key, old] of [...this.#cache]) {
      if (!present.has(key)) this.#remove(old);
    }
    for (const item of list.items) this.#put(item);
    this.#failures = 0;
    return list.resourceVersion;
  }

  async #follow(resourceVersion: string): Promise<void> {
    const { namespace, labelSelector, fieldSelector, signal } = this.#options;
    const started = this.#clock.now().getTime();
    let events = 0;
    const query = { namespace, labelSelector, fieldSelector, resourceVersion, signal, allowBookmarks: true };
    for await (const event of this.#client.watch<T>(this.#type, query)) {
      this.#apply(event);
      this.#failures = 0;
      events += 1;
    }
    const lasted = this.#clock.now().getTime() - started;
    if (events === 0 && lasted < SHORTEST_WATCH_MS && !signal.aborted) await this.#pause();
  }

  #apply({ type, object }: WatchEvent<T>): void {
    this.#version = object.metadata.resourceVersion ?? this.#version;
    if (type === 'DELETED') this.#remove(object);
    else if (type !== 'BOOKMARK') this.#put(object);
  }

  #put(object: T): void {
    const key = objectKey(object);
    const old = this.#cache.get(key);
    const same =
      old?.metadata.resourceVersion === object.metadata.resourceVersion &&
      old?.metadata.uid === object.metadata.uid;
    if (old && same) return;
    this.#cache.set(key, object);
    this.#notify(old ? { type: 'MODIFIED', object, old } : { type: 'ADDED', object });
  }

  #remove(object: T): void {
    const key = objectKey(object);
    const old = this.#cache.get(key);
    if (!this.#cache.delete(key)) return;
    this.#notify({ type: 'DELETED', object, ...(old ? { old } : {}) });
  }

  #notify(event: InformerEvent<T>): void {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      this.#logger.error('an informer handler failed', { error: String(error) });
    }
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#options.signal.aborted) return;
    if (isStatus(error, 'Expired', 'Gone')) {
      this.#version = undefined;
      // The first relist may be at once; a server that expires each version is given time.
      if (this.#failures++ === 0) return;
    }
    this.#logger.warn('list or watch failed', { error: String(error), failures: this.#failures });
    await this.#pause();
  }

  async #pause(): Promise<void> {
    // An abort during the pause ends the loop.
    await this.#clock.sleep(backoffDelay(this.#failures++), this.#options.signal).catch(() => {});
  }
}

/** Starts an Informer; it follows the server until the signal aborts. */
export function watchAll<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType,
  options: InformerOptions<T>,
): Informer<T> {
  const informer = new Informer<T>(client, type, options);
  void informer.run();
  return informer;
}

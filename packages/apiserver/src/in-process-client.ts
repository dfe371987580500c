import {
  type CreateOptions,
  type DeleteOptions,
  type KubeClient,
  type KubeObject,
  type ListOptions,
  type LogOptions,
  type ObjectList,
  type Patch,
  type PatchOptions,
  type PodLogReader,
  type ResourceType,
  resources,
  StatusError,
  type UpdateOptions,
  type WatchEvent,
  type WatchOptions,
} from '@slipway/kube';
import { apiError } from './api-error.ts';
import type { UserInfo } from './authn/user.ts';
import { requireAccess } from './authz/require-access.ts';
import type { ResourceRequest, ServerContext } from './context.ts';
import { createObject } from './verbs/create.ts';
import { createReview } from './verbs/create-review.ts';
import { createToken } from './verbs/create-token.ts';
import { deleteObject } from './verbs/delete.ts';
import { getObject } from './verbs/get.ts';
import { listObjects } from './verbs/list.ts';
import { patchObject } from './verbs/patch.ts';
import { openPodLog } from './verbs/pod-log.ts';
import { updateObject } from './verbs/update.ts';
import { watchObjects } from './verbs/watch.ts';

interface Target {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The API without HTTP: the same verbs, access rules and failures; objects are copied on the way in and out. */
export class InProcessClient implements KubeClient, PodLogReader {
  readonly #context: ServerContext;
  readonly #user: UserInfo;

  constructor(context: ServerContext, user: UserInfo) {
    this.#context = context;
    this.#user = user;
  }

  get<T extends KubeObject>(type: ResourceType, name: string, namespace?: string): Promise<T> {
    return this.#answer(async () => {
      const request = this.#request('get', type, { name, namespace });
      return getObject(this.#context, request).copy() as T;
    });
  }

  list<T extends KubeObject>(type: ResourceType, options: ListOptions = {}): Promise<ObjectList<T>> {
    return this.#answer(async () => {
      options.signal?.throwIfAborted();
      const request = this.#request('list', type, { namespace: options.namespace });
      const { items, revision, continue: token } = listObjects(this.#context, request, options);
      return {
        items: items.map((item) => item.copy() as T),
        resourceVersion: String(revision),
        ...(token === undefined ? {} : { continue: token }),
      };
    });
  }

  create<T extends KubeObject>(type: ResourceType, object: T, options: CreateOptions = {}): Promise<T> {
    return this.#answer(async () => {
      const { subresource, name, dryRun, fieldManager } = options;
      const namespace = options.namespace ?? object.metadata?.namespace;
      const request = this.#request('create', type, { namespace, subresource, name });
      const body = { value: object };
      const write = { dryRun, fieldManager };
      if (type.createOnly)
        return structuredClone(await createReview(this.#context, request, body, write)) as T;
      if (subresource === 'token') {
        return structuredClone(await createToken(this.#context, request, body, write)) as T;
      }
      if (subresource !== undefined) throw StatusError.methodNotAllowed(type, 'create');
      return (await createObject(this.#context, request, body, write)).copy() as T;
    });
  }

  update<T extends KubeObject>(type: ResourceType, object: T, options: UpdateOptions = {}): Promise<T> {
    return this.#answer(async () => {
      const { name, namespace } = object.metadata;
      const request = this.#request('update', type, { name, namespace, subresource: options.subresource });
      return (await updateObject(this.#context, request, { value: object }, options)).copy() as T;
    });
  }

  patch<T extends KubeObject>(
    type: ResourceType,
    name: string,
    patch: Patch,
    options: PatchOptions = {},
  ): Promise<T> {
    return this.#answer(async () => {
      const { namespace, subresource, dryRun } = options;
      const request = this.#request('patch', type, { name, namespace, subresource });
      const { fieldManager, force } = patch;
      if (patch.type === 'apply' && !fieldManager)
        throw StatusError.badRequest('an apply patch needs a fieldManager');
      const change = { type: patch.type, value: patch.body };
      const { stored } = await patchObject(this.#context, request, change, { dryRun, fieldManager, force });
      return stored.copy() as T;
    });
  }

  delete(type: ResourceType, name: string, options: DeleteOptions = {}): Promise<void> {
    return this.#answer(async () => {
      const request = this.#request('delete', type, { name, namespace: options.namespace });
      await deleteObject(this.#context, request, options);
    });
  }

  async *watch<T extends KubeObject>(
    type: ResourceType,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    if (options.signal.aborted) return;
    const items = await this.#answer(async () => {
      const request = this.#request('watch', type, { namespace: options.namespace });
      const { allowBookmarks, ...rest } = options;
      return watchObjects(this.#context, request, { ...rest, allowWatchBookmarks: allowBookmarks });
    });
    for await (const { type: eventType, object } of items) {
      if (options.signal.aborted) return;
      yield { type: eventType, object: object.copy() as T };
    }
  }

  async *readLogs(namespace: string, pod: string, options: LogOptions): AsyncGenerator<Uint8Array> {
    const {
      sinceTime,
      signal = new AbortController().signal,
      follow = false,
      tailLines,
      timestamps,
      container,
    } = options;
    const lines = await this.#answer(async () => {
      const request = this.#request('get', resources.pods, { namespace, name: pod, subresource: 'log' });
      return openPodLog(this.#context, request, {
        container,
        follow,
        signal,
        ...(tailLines === undefined ? {} : { tailLines }),
        ...(timestamps === undefined ? {} : { timestamps }),
        ...(sinceTime === undefined ? {} : { sinceSeconds: this.#secondsSince(sinceTime) }),
      });
    });
    yield* lines;
  }

  #secondsSince(time: string): number {
    return Math.max(0, Math.ceil((this.#context.clock.now().getTime() - Date.parse(time)) / 1000));
  }

  #request(
    verb: string,
    type: ResourceType,
    { namespace = '', name = '', subresource }: Target,
  ): ResourceRequest {
    const definition = this.#context.catalog.find(type.group, type.version, type.plural);
    if (definition === undefined) {
      throw StatusError.of('NotFound', 'the server could not find the requested resource', {});
    }
    const isKnown = subresource === undefined || definition.type.subresources?.includes(subresource);
    if (!isKnown) throw StatusError.of('NotFound', 'the server could not find the requested resource', {});
    if (verb !== 'list' && verb !== 'watch' && type.namespaced && namespace === '') {
      throw StatusError.badRequest(`an empty namespace may not be set when a resource name is provided`);
    }
    const warn = (text: string): void => this.#context.logger.debug('a warning of the API', { text });
    const request = { user: this.#user, definition, namespace, name, subresource, warn };
    requireAccess(this.#context, verb, request);
    return request;
  }

  /** Every failure of a client is a StatusError; the store's own must not surprise a caller that knows HTTP only. */
  async #answer<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw apiError(error);
    }
  }
}

import type { IncomingMessage } from 'node:http';
import type {
  CreateOptions,
  DeleteOptions,
  KubeClient,
  ListOptions,
  LogOptions,
  ObjectList,
  Patch,
  PatchOptions,
  PodLogReader,
  UpdateOptions,
  WatchEvent,
  WatchOptions,
} from '../client.ts';
import type { KubeObject } from '../objects/metadata.ts';
import { apiVersionOf, type ResourceType, resourcePath, resources } from '../resources.ts';
import { StatusError } from '../status-error.ts';
import { Connection, type HttpKubeClientOptions } from './connection.ts';
import { readJson, readLines, statusErrorOf } from './response.ts';

export type { HttpKubeClientOptions };

const PATCH_TYPES: Readonly<Record<Patch['type'], string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML.
  apply: 'application/apply-patch+yaml',
};

const DEFAULT_MANAGER = 'slipway';

interface ListBody<T> {
  items: T[] | null;
  metadata?: { resourceVersion?: string; continue?: string };
}

/** The Kubernetes API over HTTPS: of the embedded control plane or of any cluster. */
export class HttpKubeClient implements KubeClient, PodLogReader {
  /** The URL of the server. */
  readonly server: string;
  readonly #connection: Connection;

  constructor(options: HttpKubeClientOptions) {
    this.server = options.server;
    this.#connection = new Connection(options);
  }

  async get<T extends KubeObject>(type: ResourceType, name: string, namespace?: string): Promise<T> {
    const path = resourcePath(type, { namespace, name });
    return readJson<T>(await this.#ok({ method: 'GET', path }));
  }

  async list<T extends KubeObject>(type: ResourceType, options: ListOptions = {}): Promise<ObjectList<T>> {
    const { namespace, signal, ...query } = options;
    const path = resourcePath(type, { namespace });
    const body = await readJson<ListBody<T>>(await this.#ok({ method: 'GET', path, query, signal }));
    const { metadata = {} } = body;
    // Servers leave out the type of the items of a list.
    const items = (body.items ?? []).map((item) => ({
      ...item,
      apiVersion: apiVersionOf(type),
      kind: type.kind,
    }));
    return {
      items,
      resourceVersion: metadata.resourceVersion ?? '',
      ...(metadata.continue ? { continue: metadata.continue } : {}),
    };
  }

  async create<T extends KubeObject>(type: ResourceType, object: T, options: CreateOptions = {}): Promise<T> {
    const { namespace = object.metadata.namespace, dryRun, subresource, name } = options;
    const path = resourcePath(type, { namespace, name: subresource ? name : undefined, subresource });
    const query = {
      fieldManager: options.fieldManager ?? DEFAULT_MANAGER,
      dryRun: dryRun ? 'All' : undefined,
      fieldValidation: options.fieldValidation,
    };
    return readJson<T>(await this.#ok({ method: 'POST', path, query, body: object }));
  }

  async update<T extends KubeObject>(type: ResourceType, object: T, options: UpdateOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata;
    const path = resourcePath(type, { namespace, name, subresource: options.subresource });
    const query = {
      fieldManager: options.fieldManager ?? DEFAULT_MANAGER,
      dryRun: options.dryRun ? 'All' : undefined,
    };
    return readJson<T>(await this.#ok({ method: 'PUT', path, query, body: object }));
  }

  async patch<T extends KubeObject>(
    type: ResourceType,
    name: string,
    patch: Patch,
    options: PatchOptions = {},
  ): Promise<T> {
    const { namespace, subresource, dryRun } = options;
    const path = resourcePath(type, { namespace, name, subresource });
    const query = {
      fieldManager: patch.fieldManager ?? DEFAULT_MANAGER,
      force: patch.type === 'apply' ? (patch.force ?? false) : undefined,
      dryRun: dryRun ? 'All' : undefined,
      fieldValidation: patch.fieldValidation,
    };
    const contentType = PATCH_TYPES[patch.type];
    return readJson<T>(await this.#ok({ method: 'PATCH', path, query, body: patch.body, contentType }));
  }

  async delete(type: ResourceType, name: string, options: DeleteOptions = {}): Promise<void> {
    const { namespace, ...rest } = options;
    const path = resourcePath(type, { namespace, name });
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...rest };
    const response = await this.#ok({ method: 'DELETE', path, body });
    await readJson(response);
  }

  async *watch<T extends KubeObject>(
    type: ResourceType,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    const { namespace, signal, allowBookmarks, ...selectors } = options;
    const path = resourcePath(type, { namespace });
    const query = { ...selectors, watch: true, allowWatchBookmarks: allowBookmarks ? true : undefined };
    try {
      const response = await this.#ok({ method: 'GET', path, query, signal });
      for await (const line of this.#stream(readLines(response))) yield parseEvent<T>(line);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async *readLogs(namespace: string, pod: string, options: LogOptions): AsyncGenerator<Uint8Array> {
    const { signal, ...query } = options;
    const path = resourcePath(resources.pods, { namespace, name: pod, subresource: 'log' });
    try {
      const response = await this.#ok({ method: 'GET', path, query: { ...query }, signal });
      yield* this.#stream(response as AsyncIterable<Uint8Array>);
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  }

  /** Closes the connections that are kept open; running watches end with an error. */
  close(): void {
    this.#connection.close();
  }

  async #ok(request: Parameters<Connection['send']>[0]): Promise<IncomingMessage> {
    const response = await this.#connection.send(request);
    const { statusCode = 0 } = response;
    if (statusCode < 200 || statusCode > 299) throw await statusErrorOf(response, request.path);
    return response;
  }

  /** A stream whose breaking off is the server's, and says so. */
  async *#stream<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
    try {
      yield* items;
    } catch (error) {
      throw error instanceof StatusError ? error : this.#connection.unreachable(error);
    }
  }
}

function parseEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as { type: string; object: unknown };
  if (event.type === 'ERROR')
    throw new StatusError(event.object as ConstructorParameters<typeof StatusError>[0]);
  return event as WatchEvent<T>;
}

import type { KubeObject } from './objects/metadata.ts';
import type { ResourceType } from './resources.ts';

/** One change of a watched list; a BOOKMARK carries only a resourceVersion. */
export interface WatchEvent<T extends KubeObject = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/** Which objects to list. */
export interface ListOptions {
  /** All namespaces when absent. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A list as of one version of the store. */
export interface ObjectList<T extends KubeObject> {
  readonly items: T[];
  readonly resourceVersion: string;
  readonly continue?: string;
}

/** How to create an object. */
export interface CreateOptions {
  /** Overrides the object's own; needed where the object has none. */
  readonly namespace?: string | undefined;
  readonly dryRun?: boolean | undefined;
  /** For example `token` of a ServiceAccount; then `name` is the parent's. */
  readonly subresource?: string | undefined;
  readonly name?: string | undefined;
  readonly fieldManager?: string | undefined;
  readonly fieldValidation?: FieldValidation | undefined;
}

/** Whether a server refuses unknown and duplicate fields, warns of them (its default), or drops them silently. */
type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** What an update replaces. */
export interface UpdateOptions {
  readonly subresource?: 'status' | undefined;
  readonly dryRun?: boolean | undefined;
  readonly fieldManager?: string | undefined;
}

/** `json` is a list of RFC 6902 operations, `merge` RFC 7386, `apply` server-side apply (needs a fieldManager). */
export interface Patch {
  readonly type: 'json' | 'merge' | 'strategic' | 'apply';
  readonly body: unknown;
  readonly fieldManager?: string | undefined;
  /** Take fields from other managers; only for `apply`. */
  readonly force?: boolean | undefined;
  readonly fieldValidation?: FieldValidation | undefined;
}

/** Where a patch applies. */
export interface PatchOptions {
  readonly namespace?: string | undefined;
  readonly subresource?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

/** How to delete an object; the fields are those of meta/v1 DeleteOptions. */
export interface DeleteOptions {
  readonly namespace?: string | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined;
}

/** Which changes to watch. */
export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Changes after this version; without it, the present objects come first as ADDED. */
  readonly resourceVersion?: string | undefined;
  readonly allowBookmarks?: boolean | undefined;
  /** Ends the iteration without an error. */
  readonly signal: AbortSignal;
}

/**
 * The Kubernetes API as the controllers and the CLI use it. What the API refuses is a StatusError; a server that gives no
 * answer is KUBE_UNREACHABLE. Objects given are not changed, objects returned belong to the caller. `kubeClientContract`
 * of testkit says what each implementation must do.
 */
export interface KubeClient {
  get<T extends KubeObject>(type: ResourceType, name: string, namespace?: string): Promise<T>;
  list<T extends KubeObject>(type: ResourceType, options?: ListOptions): Promise<ObjectList<T>>;
  create<T extends KubeObject>(type: ResourceType, object: T, options?: CreateOptions): Promise<T>;
  /** Fails with Conflict when the object's resourceVersion is not the stored one. */
  update<T extends KubeObject>(type: ResourceType, object: T, options?: UpdateOptions): Promise<T>;
  patch<T extends KubeObject>(
    type: ResourceType,
    name: string,
    patch: Patch,
    options?: PatchOptions,
  ): Promise<T>;
  delete(type: ResourceType, name: string, options?: DeleteOptions): Promise<void>;
  /** Ends when the server closes it, or throws StatusError `Expired`: then list again. */
  watch<T extends KubeObject>(type: ResourceType, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
}

/** Which part of a container's log to read. */
export interface LogOptions {
  readonly container: string;
  readonly follow?: boolean | undefined;
  readonly tailLines?: number | undefined;
  readonly timestamps?: boolean | undefined;
  /** RFC 3339. */
  readonly sinceTime?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Which part of a container's log the API server wants from the machine that has it. */
export interface PodLogOptions {
  readonly container: string;
  readonly follow: boolean;
  /** The log of the run before the last restart. */
  readonly previous?: boolean;
  readonly tailLines?: number;
  readonly timestamps?: boolean;
  readonly sinceSeconds?: number;
  readonly limitBytes?: number;
  readonly signal: AbortSignal;
}

/** Reads what a container wrote; a capability that some clients have beside KubeClient. */
export interface PodLogReader {
  readLogs(namespace: string, pod: string, options: LogOptions): AsyncIterable<Uint8Array>;
}

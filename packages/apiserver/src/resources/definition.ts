import type { FieldError, KubeObject, ResourceType } from '@slipway/kube';
import type { ResourceRequest, ServerContext, WriteOptions } from '../context.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import type { Column } from '../tables/column.ts';
import type { DeleteOptions, DeleteResult } from '../verbs/delete.ts';
import type { ListResult } from '../verbs/list.ts';
import type { Convert } from './versions.ts';

/** What is particular to one kind beyond its schema. Objects given may be changed; the old ones may not. */
export interface Strategy {
  /** Sets what the server owns in a new object: its first status, and defaults that depend on other fields. */
  prepareCreate?(object: KubeObject): void;
  /** Keeps or derives what the server owns in a changed object. */
  prepareUpdate?(object: KubeObject, old: KubeObject): void;
  /** What is wrong with a new or changed object, beyond the schema. */
  validate?(object: KubeObject): FieldError[];
  /** Which changes are not allowed. */
  validateUpdate?(object: KubeObject, old: KubeObject): FieldError[];
}

/** A kind whose objects are views of others, with the verbs that it has. */
export interface ResourceView {
  get?(context: ServerContext, request: ResourceRequest): StoredObject;
  list?(context: ServerContext, request: ResourceRequest): ListResult | { readonly kind: 'Status' };
  create?(
    context: ServerContext,
    request: ResourceRequest,
    body: KubeObject,
    options: WriteOptions,
  ): Promise<StoredObject>;
  delete?(context: ServerContext, request: ResourceRequest, options: DeleteOptions): Promise<DeleteResult>;
}

/** Everything the server knows about a kind that it stores; other packages may add theirs. */
export interface ResourceDefinition {
  readonly type: ResourceType;
  /** Behaves as a CustomResourceDefinition's kind: has a generation, no strategic merge, updates need a version. */
  readonly custom: boolean;
  readonly columns: readonly Column[];
  /** What field selectors may ask for, beside metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  readonly strategy: Strategy;
  /** How its objects are made from others; they are not stored. */
  readonly view?: ResourceView;
  /** For a kind that is served in several versions; given once, it is that of all of them. */
  readonly convert?: Convert;
}

/** The key of the type's objects in the store: all versions of a kind share it. */
export function storageKey(type: Pick<ResourceType, 'group' | 'plural'>): string {
  return `${type.group}/${type.plural}`;
}

/** `TaskRun.tekton.dev`, `Pod`: the kind as messages of `Invalid` name it. */
export function qualifiedKind(type: Pick<ResourceType, 'group' | 'kind'>): string {
  return type.group === '' ? type.kind : `${type.kind}.${type.group}`;
}

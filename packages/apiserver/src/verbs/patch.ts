import {
  jsonPatch,
  type KubeObject,
  mergePatch,
  StatusError,
  schemaFor,
  serverSideApply,
  strategicMergePatch,
} from '@slipway/kube';
import type { ResourceRequest, ServerContext, WriteOptions } from '../context.ts';
import { viewIn } from '../resources/versions.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { type Body, completed, decodeBody, pruneBody } from './body.ts';
import { createObject } from './create.ts';
import { objectKey } from './get.ts';
import { requireSameIdentity } from './metadata.ts';
import { replaceObject } from './replace.ts';
import { isChanged } from './update.ts';

/** A change to an object; `value` is what the patch document says, parsed. */
export interface ObjectPatch extends Body {
  readonly type: 'json' | 'merge' | 'strategic' | 'apply';
}

export interface PatchOptions extends WriteOptions {
  /** Take fields that other managers own; only for `apply`. */
  readonly force?: boolean | undefined;
}

export interface PatchResult {
  readonly stored: StoredObject;
  /** An apply made a new object. */
  readonly created: boolean;
}

const TRIES = 5;
const CUSTOM_PATCHES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
];

/** Changes an object, or its status, by one of the four kinds of patch; an apply creates it when it is not there. */
export async function patchObject(
  context: ServerContext,
  request: ResourceRequest,
  patch: ObjectPatch,
  options: PatchOptions = {},
): Promise<PatchResult> {
  const { definition, name } = request;
  if (patch.type === 'strategic' && definition.custom)
    throw StatusError.unsupportedMediaType('', CUSTOM_PATCHES);
  for (let attempt = 1; ; attempt++) {
    const current = context.store.get(objectKey(request));
    if (current === undefined) return await createByApply(context, request, patch, options);
    const changed = patched(context, request, viewIn(definition, current), patch, options);
    requireSameIdentity(request, changed);
    const { resourceVersion } = changed.metadata;
    if (resourceVersion && resourceVersion !== String(current.revision)) {
      throw StatusError.conflict(definition.type, name);
    }
    try {
      const owned = patch.type === 'apply' ? { ...options, applied: true } : options;
      return { stored: await replaceObject(context, request, current, changed, owned), created: false };
    } catch (error) {
      // A patch says what to change, not what the object is: it is as good for the newer one.
      if (!isChanged(error)) throw error;
      if (attempt === TRIES) throw StatusError.conflict(definition.type, name);
    }
  }
}

async function createByApply(
  context: ServerContext,
  request: ResourceRequest,
  patch: ObjectPatch,
  options: PatchOptions,
): Promise<PatchResult> {
  const { definition, name, subresource } = request;
  if (patch.type !== 'apply' || subresource) throw StatusError.notFound(definition.type, name);
  const applied = pruneBody(request, patch, options);
  requireSameIdentity(request, applied);
  const stored = await createObject(
    context,
    { ...request, name: '' },
    { value: applied },
    { ...options, applied },
  );
  return { stored, created: true };
}

function patched(
  context: ServerContext,
  request: ResourceRequest,
  current: StoredObject,
  patch: ObjectPatch,
  options: PatchOptions,
): KubeObject {
  if (patch.type === 'apply') return apply(context, request, current, patch, options);
  const value = changedValue(request, current.object, patch);
  return decodeBody(request, { value, duplicates: patch.duplicates ?? [] }, options);
}

function changedValue(
  { definition }: ResourceRequest,
  current: KubeObject,
  { type, value }: ObjectPatch,
): unknown {
  if (type === 'json') return jsonPatch(current, value);
  if (type === 'merge') return mergePatch(current, value);
  const kind = schemaFor(definition.type);
  return kind === undefined ? mergePatch(current, value) : strategicMergePatch(current, value, kind.schema);
}

function apply(
  { clock }: ServerContext,
  request: ResourceRequest,
  current: StoredObject,
  patch: ObjectPatch,
  { fieldManager = '', force, ...options }: PatchOptions,
): KubeObject {
  const kind = schemaFor(request.definition.type);
  if (kind === undefined)
    throw StatusError.unsupportedMediaType('application/apply-patch+yaml', CUSTOM_PATCHES.slice(0, 2));
  const applied = pruneBody(request, patch, options);
  const { subresource } = request;
  const now = clock.now();
  const result = serverSideApply({
    live: current.object,
    applied,
    manager: fieldManager,
    kind,
    now,
    force,
    subresource,
  });
  if (result.conflicts.length > 0) throw StatusError.applyConflict(result.conflicts);
  return completed(kind, structuredClone(result.object));
}

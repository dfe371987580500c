import { isChange, type KubeObject, type Namespace } from '@slipway/kube';
import type { ResourceRequest, ServerContext, WriteOptions } from '../context.ts';
import { toStore, viewIn } from '../resources/versions.ts';
import { StoredObject } from '../storage/stored-object.ts';
import { admit } from './admit.ts';
import { recordOwner } from './managed-fields.ts';
import { keepMetadata } from './metadata.ts';
import { requireValid, requireValidUpdate } from './validate.ts';

export interface ReplaceOptions extends WriteOptions {
  /** The object comes from an apply, which has settled whose its fields are. */
  readonly applied?: boolean;
}

/**
 * Stores a changed object in place of `current`: the part that update, patch and apply share. Nothing is written when
 * nothing changed; an object whose last finalizer goes is removed. `changed` and the answer are of the request's version,
 * `current` is of the one in which it is stored. Throws OBJECT_CHANGED when `current` is not stored any more.
 */
export async function replaceObject(
  context: ServerContext,
  request: ResourceRequest,
  current: StoredObject,
  changed: KubeObject,
  options: ReplaceOptions,
): Promise<StoredObject> {
  const { definition } = request;
  const view = viewIn(definition, current);
  const object = ownPart(request, changed, view);
  keepMetadata(definition, object, view.object);
  if (!options.applied) recordOwner(request, object, view.object, options, context.clock.now());
  if (!request.subresource) definition.strategy.prepareUpdate?.(object, view.object);
  await admit(context, request, 'UPDATE', { object, oldObject: view.object }, options);
  requireValid(definition, object);
  if (!request.subresource) requireValidUpdate(definition, object, view.object);
  if (!isChange(view.object, object)) return view;
  if (options.dryRun)
    return new StoredObject(current.key, current.uid, current.revision, JSON.stringify(object));
  const next = toStore(definition, current, object);
  const stored = isFinished(next)
    ? context.store.delete(current.key, current.revision, next)
    : context.store.update(current.key, next, current.revision);
  return viewIn(definition, stored);
}

/** What the request may change: everything but the status, only the status, or only the finalizers of a namespace. */
function ownPart(
  { definition, subresource }: ResourceRequest,
  changed: KubeObject,
  current: StoredObject,
): KubeObject {
  const old = current.copy();
  if (subresource === 'status') {
    const { managedFields } = changed.metadata;
    const metadata = { ...old.metadata, ...(managedFields === undefined ? {} : { managedFields }) };
    return withStatus({ ...old, metadata }, changed.status);
  }
  if (subresource === 'finalize') {
    const { finalizers } = (changed as Namespace).spec ?? {};
    return { ...old, spec: { ...(old.spec as object), finalizers: finalizers ?? [] } };
  }
  return definition.type.subresources?.includes('status') ? withStatus(changed, old.status) : changed;
}

function withStatus(object: KubeObject, status: unknown): KubeObject {
  const { status: _, ...rest } = object;
  return (status === undefined ? rest : { ...rest, status }) as KubeObject;
}

/** Whether nothing keeps a deleted object any more: no finalizer, no time of grace. */
export function isFinished(object: KubeObject): boolean {
  const { deletionTimestamp, finalizers = [], deletionGracePeriodSeconds = 0 } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0 || deletionGracePeriodSeconds > 0)
    return false;
  return object.kind !== 'Namespace' || ((object as Namespace).spec?.finalizers ?? []).length === 0;
}

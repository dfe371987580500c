import { formatTime, type KubeObject, type Namespace, type Pod, StatusError } from '@slipway/kube';
import type { ResourceRequest, ServerContext, WriteOptions } from '../context.ts';
import { viewIn } from '../resources/versions.ts';
import { StoredObject } from '../storage/stored-object.ts';
import { admit } from './admit.ts';
import { getStored } from './get.ts';
import { isFinished } from './replace.ts';
import { isChanged } from './update.ts';

export interface DeleteOptions extends Pick<WriteOptions, 'dryRun'> {
  /** Seconds that a pod gets to end; default: what its spec says. */
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined;
}

export interface DeleteResult {
  /** The last state, or the state that waits for finalizers or the end of a pod. */
  readonly object: StoredObject;
  readonly gone: boolean;
}

/** The finalizers by which the garbage collector knows what to do first. */
export const ORPHAN_FINALIZER = 'orphan';
export const FOREGROUND_FINALIZER = 'foregroundDeletion';

/** Removes an object, or marks it when finalizers or a running pod must end first. Throws NotFound, Conflict. */
export async function deleteObject(
  context: ServerContext,
  request: ResourceRequest,
  options: DeleteOptions = {},
): Promise<DeleteResult> {
  const { definition } = request;
  for (;;) {
    const current = getStored(context, request);
    requirePreconditions(request, current, options);
    await admit(context, request, 'DELETE', { object: viewIn(definition, current).object }, options);
    try {
      const { object, gone } = commit(context, current, options);
      return { object: viewIn(definition, object), gone };
    } catch (error) {
      if (!isChanged(error)) throw error;
    }
  }
}

function requirePreconditions(
  { definition, name }: ResourceRequest,
  current: StoredObject,
  options: DeleteOptions,
): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  if (uid && uid !== current.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${current.uid}). The object might have been deleted and then recreated`;
    throw StatusError.conflict(definition.type, name, why);
  }
  if (resourceVersion && resourceVersion !== String(current.revision)) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${current.revision}). The object might have been modified`;
    throw StatusError.conflict(definition.type, name, why);
  }
}

function commit(
  { store, clock }: ServerContext,
  current: StoredObject,
  options: DeleteOptions,
): DeleteResult {
  const object = current.copy();
  markDeleted(object, options, clock.now());
  const gone = isFinished(object);
  if (options.dryRun) {
    return {
      object: new StoredObject(current.key, current.uid, current.revision, JSON.stringify(object)),
      gone,
    };
  }
  if (gone) return { object: store.delete(current.key, current.revision), gone };
  // A repeated deletion that changes nothing is not an event.
  if (JSON.stringify(object) === current.text) return { object: current, gone };
  return { object: store.update(current.key, object, current.revision), gone };
}

function markDeleted(object: KubeObject, options: DeleteOptions, now: Date): void {
  const { metadata } = object;
  const isNew = metadata.deletionTimestamp === undefined;
  const grace = gracePeriod(object, options.gracePeriodSeconds);
  const isShorter = grace < (metadata.deletionGracePeriodSeconds ?? 0);
  if (isNew || isShorter) {
    metadata.deletionTimestamp = formatTime(new Date(now.getTime() + grace * 1000));
    metadata.deletionGracePeriodSeconds = grace;
  }
  if (isNew) metadata.finalizers = finalizersFor(metadata.finalizers ?? [], options.propagationPolicy);
  if (metadata.finalizers?.length === 0) delete metadata.finalizers;
  if (object.kind === 'Namespace')
    (object as Namespace).status = { ...(object as Namespace).status, phase: 'Terminating' };
}

/** Only a pod that runs somewhere needs time; it is gone when its runner deletes it with grace 0. */
function gracePeriod(object: KubeObject, wanted: number | undefined): number {
  if (object.kind !== 'Pod' || object.apiVersion !== 'v1') return 0;
  const { spec, status } = object as Pod;
  const isRunning = spec.nodeName !== undefined || status?.startTime !== undefined;
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (!isRunning || hasEnded) return 0;
  return Math.max(0, wanted ?? spec.terminationGracePeriodSeconds ?? 30);
}

function finalizersFor(finalizers: readonly string[], policy: DeleteOptions['propagationPolicy']): string[] {
  if (policy === undefined) return [...finalizers];
  const others = finalizers.filter((each) => each !== ORPHAN_FINALIZER && each !== FOREGROUND_FINALIZER);
  if (policy === 'Orphan') return [...others, ORPHAN_FINALIZER];
  if (policy === 'Foreground') return [...others, FOREGROUND_FINALIZER];
  return others;
}

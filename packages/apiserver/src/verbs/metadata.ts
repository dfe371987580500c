import { isDeepStrictEqual } from 'node:util';
import {
  forbiddenField,
  formatTime,
  generateName,
  type KubeObject,
  newUid,
  StatusError,
} from '@slipway/kube';
import type { ResourceRequest } from '../context.ts';
import { qualifiedKind, type ResourceDefinition } from '../resources/definition.ts';

/** Checks that the object is what the URL says, and gives it the namespace. Throws BadRequest. */
export function requireSameIdentity(request: ResourceRequest, object: KubeObject): void {
  const { definition, namespace, name } = request;
  object.metadata ??= { name: '' };
  const { metadata } = object;
  if (name !== '') {
    // An update may leave the name out: the URL has it.
    metadata.name ||= name;
    if (metadata.name !== name) {
      throw StatusError.badRequest(
        `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
      );
    }
  }
  if (!definition.type.namespaced) {
    delete metadata.namespace;
    return;
  }
  metadata.namespace ||= namespace;
  if (metadata.namespace === namespace) return;
  throw StatusError.badRequest(
    'the namespace of the provided object does not match the namespace sent on the request',
  );
}

/** Sets what the server owns in the metadata of a new object: uid, time, generated name. */
export function initMetadata(definition: ResourceDefinition, object: KubeObject, now: Date): void {
  const { metadata } = object;
  if (metadata.resourceVersion) {
    throw StatusError.badRequest('resourceVersion should not be set on objects to be created');
  }
  if (!metadata.name && metadata.generateName) metadata.name = generateName(metadata.generateName);
  delete metadata.resourceVersion;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.generation;
  metadata.uid = newUid();
  metadata.creationTimestamp = formatTime(now);
  if (definition.custom) metadata.generation = 1;
}

/** Keeps what clients may not change in the metadata of a changed object. Throws Conflict when it is another object. */
export function keepMetadata(definition: ResourceDefinition, object: KubeObject, old: KubeObject): void {
  const { metadata } = object;
  if (metadata.uid && metadata.uid !== old.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`;
    throw StatusError.conflict(definition.type, old.metadata.name, why);
  }
  requireNoNewFinalizers(definition, object, old);
  const managedFields = metadata.managedFields ?? old.metadata.managedFields;
  for (const member of OWNED_BY_SERVER) {
    delete metadata[member];
    if (old.metadata[member] !== undefined) Object.assign(metadata, { [member]: old.metadata[member] });
  }
  if (managedFields !== undefined) metadata.managedFields = managedFields;
  if (definition.custom && desiredStateChanged(object, old))
    metadata.generation = (metadata.generation ?? 0) + 1;
}

const OWNED_BY_SERVER = [
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
] as const;

function requireNoNewFinalizers(definition: ResourceDefinition, object: KubeObject, old: KubeObject): void {
  if (old.metadata.deletionTimestamp === undefined) return;
  const before = old.metadata.finalizers ?? [];
  const added = (object.metadata.finalizers ?? []).filter((finalizer) => !before.includes(finalizer));
  if (added.length === 0) return;
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  throw StatusError.invalid(qualifiedKind(definition.type), old.metadata.name, [
    forbiddenField(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    ),
  ]);
}

function desiredStateChanged(object: KubeObject, old: KubeObject): boolean {
  const desired = ({ metadata: _, status: _s, ...rest }: KubeObject): unknown =>
    JSON.parse(JSON.stringify(rest));
  return !isDeepStrictEqual(desired(object), desired(old));
}

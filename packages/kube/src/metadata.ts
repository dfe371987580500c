import { randomUUID } from 'node:crypto';
import type { Condition, KubeObject, OwnerReference } from './objects/metadata.ts';

/** A new object's uid. */
export function newUid(): string {
  return randomUUID();
}

/** A time as the API writes it: RFC 3339 in UTC with whole seconds. */
export function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** A time with microseconds, as events and leases write it (meta/v1 MicroTime). */
export function formatMicroTime(time: Date): string {
  return `${time.toISOString().slice(0, 23)}000Z`;
}

/** A reference to a stored owner; `controller` also blocks the owner's foreground deletion, as controllers set it. */
export function ownerReference(owner: KubeObject, options: { controller?: boolean } = {}): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  const reference = { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' };
  return options.controller ? { ...reference, controller: true, blockOwnerDeletion: true } : reference;
}

/** The owner that controls an object, or undefined. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** `namespace/name`, or `name` for an object of the cluster: what queues and caches know an object by. */
export function objectKey(object: KubeObject): string {
  return keyOf(object.metadata.name, object.metadata.namespace);
}

/** The key of the object with this name. */
export function keyOf(name: string, namespace?: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** The condition of this type, or undefined. */
export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** The conditions with this one set; its transition time changes only when its status does. */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  next: Condition,
  now: Date,
): Condition[] {
  const old = findCondition(conditions, next.type);
  const kept = old?.status === next.status ? old.lastTransitionTime : undefined;
  const condition = { ...next, lastTransitionTime: kept ?? next.lastTransitionTime ?? formatTime(now) };
  const others = conditions ?? [];
  return old ? others.map((entry) => (entry.type === next.type ? condition : entry)) : [...others, condition];
}

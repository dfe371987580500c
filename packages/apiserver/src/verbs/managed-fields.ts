import { type KubeObject, schemaFor, serverSideApply, trackUpdate } from '@slipway/kube';
import type { ResourceRequest, WriteOptions } from '../context.ts';

/** The manager of writes that name none: the control plane itself. */
const DEFAULT_MANAGER = 'slipway';

/** Notes which fields of a new or changed object belong to the writer from now on. Changes its managedFields. */
export function recordOwner(
  { definition, subresource }: ResourceRequest,
  object: KubeObject,
  live: KubeObject | undefined,
  options: WriteOptions,
  now: Date,
): void {
  const kind = schemaFor(definition.type);
  if (kind === undefined) return;
  const manager = options.fieldManager || DEFAULT_MANAGER;
  object.metadata.managedFields = trackUpdate({ live, next: object, manager, kind, now, subresource });
}

/** The same for an object that an apply creates: its manager owns what the configuration names, and no default. */
export function recordApplied(
  { definition }: ResourceRequest,
  object: KubeObject,
  applied: KubeObject,
  options: WriteOptions,
  now: Date,
): void {
  const kind = schemaFor(definition.type);
  if (kind === undefined) return;
  const manager = options.fieldManager || DEFAULT_MANAGER;
  const { managedFields } = serverSideApply({ live: undefined, applied, manager, kind, now }).object.metadata;
  if (managedFields !== undefined) object.metadata.managedFields = managedFields;
}

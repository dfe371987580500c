import { sameJson } from '../json/value.ts';
import type { KubeObject } from '../objects/metadata.ts';
import type { KindSchema } from '../schema/kinds.ts';
import type { StatusCause } from '../status.ts';
import { StatusError } from '../status-error.ts';
import { mergeApplied, removeFields } from './apply-merge.ts';
import { compareFields } from './compare.ts';
import { FieldSet, formatFieldPath } from './field-set.ts';
import {
  describeManager,
  formatManagedFields,
  type Manager,
  type ManagerId,
  ownedByOthers,
  parseManagedFields,
  sameManager,
  stripUntracked,
  withManager,
} from './managed-fields.ts';
import { insertFields } from './object-fields.ts';

/** An apply: the configuration, who applies it and to what. */
export interface ApplyRequest {
  /** The stored object; undefined when there is none yet. */
  readonly live: KubeObject | undefined;
  /** The configuration: only the fields that the manager wants to own. */
  readonly applied: KubeObject;
  readonly manager: string;
  readonly kind: KindSchema;
  readonly now: Date;
  /** Take fields that others own. Default false. */
  readonly force?: boolean | undefined;
  readonly subresource?: string | undefined;
}

/** What an apply comes to. */
export interface Applied {
  /** The object to store; with conflicts, the live one. */
  readonly object: KubeObject;
  /** One cause a field that another manager owns, for `StatusError.applyConflict`. */
  readonly conflicts: StatusCause[];
}

/** Objects from before ownership was tracked belong to this manager, so that an apply conflicts instead of taking over. */
const UNTRACKED_MANAGER = 'before-first-apply';

/**
 * Server-side apply: the fields of the configuration win and become the manager's, fields that it applied before and no
 * longer names go unless someone else owns them, and fields of others conflict where the value differs. Neither object is
 * changed. Throws BadRequest for a configuration with managedFields or a list element without its key.
 */
export function serverSideApply(request: ApplyRequest): Applied {
  const { live, applied, kind, now, force = false, subresource = '' } = request;
  if (applied.metadata?.managedFields?.length) {
    throw StatusError.badRequest('metadata.managedFields must be nil');
  }
  const id: ManagerId = {
    name: request.manager,
    operation: 'Apply',
    apiVersion: kind.apiVersion,
    subresource,
  };
  const managers = liveManagers(live, kind);
  const wanted = appliedFields(applied, kind);
  const object = mergeObjects(live, applied, kind);
  dropAbandoned(object, kind, managers, id, wanted);
  const { changed, removed } = compareFields(live ?? {}, object, kind.schema);
  const others = managers.filter((manager) => !sameManager(manager, id));
  const conflicts = others.flatMap((manager) => conflictsWith(manager, changed));
  if (live && conflicts.length > 0 && !force) return { object: structuredClone(live), conflicts };
  const left = others.map((manager) => loseFields(manager, changed.union(removed)));
  const mine = managers.filter((manager) => sameManager(manager, id));
  object.metadata.managedFields = formatManagedFields(withManager([...left, ...mine], id, wanted, now));
  return { object, conflicts: [] };
}

function liveManagers(live: KubeObject | undefined, kind: KindSchema): Manager[] {
  const managers = parseManagedFields(live?.metadata.managedFields);
  if (!live || managers.length > 0) return managers;
  const fields = new FieldSet();
  insertFields(fields, live, kind.schema, true);
  const { apiVersion } = kind;
  const id = { name: UNTRACKED_MANAGER, operation: 'Update', apiVersion, subresource: '' } as const;
  return [{ ...id, time: undefined, fields: stripUntracked(fields) }];
}

function appliedFields(applied: KubeObject, kind: KindSchema): FieldSet {
  const fields = new FieldSet();
  insertFields(fields, applied, kind.schema);
  return stripUntracked(fields);
}

function mergeObjects(live: KubeObject | undefined, applied: KubeObject, kind: KindSchema): KubeObject {
  const merged = mergeApplied(live ?? {}, applied, kind.schema) as KubeObject;
  return { ...merged, metadata: { ...merged.metadata } };
}

/** Removes what this manager applied before and no longer does. */
function dropAbandoned(
  object: KubeObject,
  kind: KindSchema,
  managers: readonly Manager[],
  id: ManagerId,
  wanted: FieldSet,
): void {
  const before = managers.find((manager) => sameManager(manager, id));
  if (!before) return;
  const keep = wanted.union(ownedByOthers(managers, id));
  removeFields(object, kind.schema, before.fields.difference(wanted), keep);
}

function conflictsWith(manager: Manager, changed: FieldSet): StatusCause[] {
  return [...manager.fields.intersection(changed).paths()].map((path) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${describeManager(manager)}`,
    field: formatFieldPath(path),
  }));
}

function loseFields(manager: Manager, fields: FieldSet): Manager {
  return { ...manager, fields: manager.fields.difference(fields) };
}

/** A create, update or patch: the object before and after, and who did it. */
export interface UpdateRequest {
  /** The object before; undefined for a creation. */
  readonly live: KubeObject | undefined;
  /** The object to store; its managedFields are where its author wants to begin, the live ones when it has none. */
  readonly next: KubeObject;
  readonly manager: string;
  readonly kind: KindSchema;
  readonly now: Date;
  readonly subresource?: string | undefined;
}

/**
 * The managedFields of an object after a create, update or patch other than apply: what changed is now the manager's. The
 * objects are not changed.
 */
export function trackUpdate(request: UpdateRequest): NonNullable<KubeObject['metadata']['managedFields']> {
  const { live, next, kind, now, subresource = '' } = request;
  const given = next.metadata.managedFields;
  const managers = parseManagedFields(given?.length ? given : live?.metadata.managedFields);
  const id: ManagerId = {
    name: request.manager,
    operation: 'Update',
    apiVersion: kind.apiVersion,
    subresource,
  };
  const { changed, removed } = compareFields(live ?? {}, next, kind.schema);
  stripUntracked(changed);
  const lost = changed.union(removed);
  const others = managers
    .filter((manager) => !sameManager(manager, id))
    .map((manager) => loseFields(manager, lost));
  const old = managers.find((manager) => sameManager(manager, id));
  const fields = (old?.fields ?? new FieldSet()).difference(removed).union(changed);
  return formatManagedFields(withManager(old ? [...others, old] : others, id, fields, now));
}

/** Whether two versions of an object differ in more than managedFields times, so that storing the second is a change. */
export function isChange(live: KubeObject, next: KubeObject): boolean {
  const strip = ({ metadata, ...rest }: KubeObject): unknown => {
    const { resourceVersion, managedFields = [], ...kept } = metadata;
    return { ...rest, metadata: kept, managedFields: managedFields.map(({ time, ...entry }) => entry) };
  };
  return !sameJson(strip(live), strip(next));
}

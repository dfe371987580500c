import { formatTime } from '../metadata.ts';
import type { ManagedFieldsEntry } from '../objects/metadata.ts';
import { FieldSet } from './field-set.ts';

/** What one manager owns; two operations or subresources of one name are two managers. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** What tells one manager from another. */
export type ManagerId = Omit<Manager, 'time' | 'fields'>;

/** The managers of `metadata.managedFields`. Throws BadRequest for entries that are none. */
export function parseManagedFields(entries: readonly ManagedFieldsEntry[] | undefined): Manager[] {
  return (entries ?? []).map((entry) => ({
    name: entry.manager ?? 'unknown',
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    apiVersion: entry.apiVersion ?? '',
    subresource: entry.subresource ?? '',
    time: entry.time,
    fields: FieldSet.parse(entry.fieldsV1 ?? {}),
  }));
}

/** The entries of the managers that own anything: applies first, then by time and name. */
export function formatManagedFields(managers: readonly Manager[]): ManagedFieldsEntry[] {
  const order = ({ operation, time = '', name }: Manager): string => `${operation}\0${time}\0${name}`;
  return managers
    .filter(({ fields }) => !fields.empty)
    .sort((one, other) => (order(one) < order(other) ? -1 : 1))
    .map(({ name, operation, apiVersion, subresource, time, fields }) => ({
      manager: name,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: fields.toFieldsV1(),
      ...(subresource === '' ? {} : { subresource }),
    }));
}

/** Whether two managers are one. Who applies is the same in each version of the API. */
export function sameManager(one: ManagerId, other: ManagerId): boolean {
  return (
    one.name === other.name &&
    one.operation === other.operation &&
    (one.operation === 'Apply' || one.apiVersion === other.apiVersion) &&
    one.subresource === other.subresource
  );
}

/** The managers with this one owning `fields`; its time changes only when they do. */
export function withManager(
  managers: readonly Manager[],
  id: ManagerId,
  fields: FieldSet,
  now: Date,
): Manager[] {
  const old = managers.find((manager) => sameManager(manager, id));
  const time = old?.fields.equals(fields) ? old.time : formatTime(now);
  return [...managers.filter((manager) => manager !== old), { ...id, time, fields }];
}

/** What managers other than this one own together. */
export function ownedByOthers(managers: readonly Manager[], id: ManagerId): FieldSet {
  return managers
    .filter((manager) => !sameManager(manager, id))
    .reduce((all, { fields }) => all.union(fields), new FieldSet());
}

/** `"kubectl" using v1`, as conflicts name a manager. */
export function describeManager({ name, operation, apiVersion, subresource, time }: Manager): string {
  const within = subresource === '' ? '' : ` with subresource "${subresource}"`;
  if (operation === 'Apply') return `"${name}"${within}`;
  return `"${name}"${within} using ${apiVersion}${time === undefined ? '' : ` at ${time}`}`;
}

const UNTRACKED = ['apiVersion', 'kind'];
const UNTRACKED_METADATA = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
];

/** Takes out the fields that belong to the server and have no owner. Changes the set. */
export function stripUntracked(fields: FieldSet): FieldSet {
  for (const name of UNTRACKED) fields.children.delete(`f:${name}`);
  const metadata = fields.children.get('f:metadata');
  if (metadata) {
    metadata.member = false;
    for (const name of UNTRACKED_METADATA) metadata.children.delete(`f:${name}`);
    fields.trim('f:metadata');
  }
  fields.member = false;
  return fields;
}

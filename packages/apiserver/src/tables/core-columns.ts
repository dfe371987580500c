import type {
  ClusterRoleBinding,
  ConfigMap,
  Event,
  KubeObject,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Secret,
  ServiceAccount,
  Subject,
} from '@slipway/kube';
import { AGE, age, type Column, column, NAME } from './column.ts';

/** `Name` and `Age`, for kinds that have nothing more to show. */
export const DEFAULT_COLUMNS: readonly Column[] = [NAME, AGE];

export const NAMESPACE_COLUMNS: readonly Column[] = [
  NAME,
  column('Status', 'The status of the namespace.', (object) => (object as Namespace).status?.phase ?? ''),
  AGE,
];

export const CONFIG_MAP_COLUMNS: readonly Column[] = [
  NAME,
  column('Data', 'The number of entries.', (object) => entries(object as ConfigMap), { type: 'string' }),
  AGE,
];

export const SECRET_COLUMNS: readonly Column[] = [
  NAME,
  column('Type', 'What the secret is for.', (object) => (object as Secret).type ?? ''),
  column('Data', 'The number of entries.', (object) => entries(object as Secret)),
  AGE,
];

function entries({ data, binaryData }: { data?: object; binaryData?: unknown }): number {
  return Object.keys(data ?? {}).length + Object.keys((binaryData as object | undefined) ?? {}).length;
}

export const SERVICE_ACCOUNT_COLUMNS: readonly Column[] = [
  NAME,
  column(
    'Secrets',
    'The number of secrets it names.',
    (object) => (object as ServiceAccount).secrets?.length ?? 0,
  ),
  AGE,
];

const ACCESS_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function claim(cell: (claim: PersistentVolumeClaim) => string): (object: KubeObject) => string {
  return (object) => cell(object as PersistentVolumeClaim);
}

function claimStatus({ metadata, status }: PersistentVolumeClaim): string {
  return metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating';
}

function accessModes({ spec, status }: PersistentVolumeClaim): string {
  if (!spec?.volumeName) return '';
  return (status?.accessModes ?? []).map((mode) => ACCESS_MODES[mode] ?? mode).join(',');
}

function capacity({ spec, status }: PersistentVolumeClaim): string {
  return spec?.volumeName ? String(status?.capacity?.storage ?? '') : '';
}

export const CLAIM_COLUMNS: readonly Column[] = [
  NAME,
  column('Status', 'The phase of the claim.', claim(claimStatus)),
  column(
    'Volume',
    'The volume that backs it.',
    claim(({ spec }) => spec?.volumeName ?? ''),
  ),
  column('Capacity', 'The size of the volume.', claim(capacity)),
  column('Access Modes', 'How it may be mounted.', claim(accessModes)),
  column(
    'StorageClass',
    'The class that it asks for.',
    claim(({ spec }) => spec?.storageClassName ?? ''),
  ),
  column(
    'VolumeAttributesClass',
    'The attributes class.',
    claim(({ spec }) => spec?.volumeAttributesClassName ?? '<unset>'),
    {
      wide: true,
    },
  ),
  AGE,
  column(
    'VolumeMode',
    'Filesystem or Block.',
    claim(({ spec }) => spec?.volumeMode ?? '<unset>'),
    { wide: true },
  ),
];

function event(cell: (event: Event, now: Date) => string | number): Column['cell'] {
  return (object, now) => cell(object as Event, now);
}

function firstSeen(each: Event, now: Date): string {
  return age(each.firstTimestamp || each.eventTime, now);
}

function lastSeen(each: Event, now: Date): string {
  return age(each.series?.lastObservedTime || each.lastTimestamp || each.eventTime, now);
}

function eventSource({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || '';
  const host = source?.host || reportingInstance || '';
  return host === '' ? component : `${component}, ${host}`;
}

export const EVENT_COLUMNS: readonly Column[] = [
  column('Last Seen', 'When it was last seen.', event(lastSeen)),
  column(
    'Type',
    'Normal or Warning.',
    event(({ type }) => type ?? ''),
  ),
  column(
    'Reason',
    'Why it happened, in one word.',
    event(({ reason }) => reason ?? ''),
  ),
  column(
    'Object',
    'What it is about.',
    event(({ involvedObject: { kind = '', name = '' } }) => `${kind.toLowerCase()}/${name}`),
  ),
  column(
    'Subobject',
    'Which part of it.',
    event(({ involvedObject }) => involvedObject.fieldPath ?? ''),
    { wide: true },
  ),
  column('Source', 'Who reported it.', event(eventSource), { wide: true }),
  column(
    'Message',
    'What happened.',
    event(({ message }) => (message ?? '').trim()),
  ),
  column('First Seen', 'When it was first seen.', event(firstSeen), { wide: true }),
  column(
    'Count',
    'How often it was seen.',
    event((each) => each.series?.count ?? (each.count || 1)),
    { wide: true },
  ),
  { ...NAME, priority: 1 },
];

function nodeStatus(object: KubeObject): string {
  const { spec, status } = object as Node;
  const isReady = (status?.conditions ?? []).some((each) => each.type === 'Ready' && each.status === 'True');
  return `${isReady ? 'Ready' : 'NotReady'}${spec?.unschedulable ? ',SchedulingDisabled' : ''}`;
}

function nodeRoles(object: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(object.metadata.labels ?? {}).filter((key) => key.startsWith(prefix));
  return (
    roles
      .map((key) => key.slice(prefix.length))
      .sort()
      .join(',') || '<none>'
  );
}

export const NODE_COLUMNS: readonly Column[] = [
  NAME,
  column('Status', 'Whether pods can run there.', nodeStatus),
  column('Roles', 'The roles of the machine.', nodeRoles),
  AGE,
  column(
    'Version',
    'The version of the runner.',
    (object) => (object as Node).status?.nodeInfo?.kubeletVersion ?? '',
  ),
];

const CREATED_AT: Column = column(
  'Created At',
  'When it was created.',
  (object) => object.metadata.creationTimestamp ?? '',
);

/** Roles show their time of creation, not their age, as in Kubernetes. */
export const ROLE_COLUMNS: readonly Column[] = [NAME, CREATED_AT];

function subjects(kind: Subject['kind']): Column['cell'] {
  return (object) =>
    ((object as ClusterRoleBinding).subjects ?? [])
      .filter((subject) => subject.kind === kind)
      .map(({ name, namespace }) => (namespace ? `${namespace}/${name}` : name))
      .join(', ');
}

export const ROLE_BINDING_COLUMNS: readonly Column[] = [
  NAME,
  column('Role', 'The role that it gives.', (object) => {
    const { kind, name } = (object as ClusterRoleBinding).roleRef;
    return `${kind}/${name}`;
  }),
  AGE,
  column('Users', 'The users that get it.', subjects('User'), { wide: true }),
  column('Groups', 'The groups that get it.', subjects('Group'), { wide: true }),
  column('ServiceAccounts', 'The ServiceAccounts that get it.', subjects('ServiceAccount'), { wide: true }),
];

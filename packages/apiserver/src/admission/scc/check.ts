import type { Container, Pod, SecurityContextConstraints } from '@slipway/kube';
import { containersOf } from '../pod-security/violation.ts';
import { allowedFsGroups, allowedGroups, allowedUsers, seLinuxLabel } from './assign.ts';
import type { NamespaceRanges } from './namespace-ranges.ts';
import type { Problem } from './problem.ts';
import { sysctlProblems } from './sysctls.ts';
import { volumeProblems } from './volumes.ts';

/** What the SCC does not allow of a pod that has its defaults already. Messages are OpenShift's. */
export function problemsOf(
  pod: Pod,
  scc: SecurityContextConstraints,
  ranges: NamespaceRanges | undefined,
): Problem[] {
  const containers = containersOf(pod.spec).flatMap(({ container, field }) =>
    containerProblems(pod, container, field, scc, ranges),
  );
  return [...podProblems(pod, scc, ranges), ...volumeProblems(pod.spec, scc), ...containers];
}

const CONTEXT = 'spec.securityContext';

function podProblems(
  { spec }: Pod,
  scc: SecurityContextConstraints,
  ranges: NamespaceRanges | undefined,
): Problem[] {
  const context = spec.securityContext ?? {};
  const host = (field: 'hostPID' | 'hostNetwork' | 'hostIPC', allowed: boolean | undefined, what: string) =>
    spec[field] === true && !allowed
      ? [{ field: `${CONTEXT}.${field}`, value: 'true', detail: `Host ${what} is not allowed to be used` }]
      : [];
  const { fsGroup, supplementalGroups = [] } = context;
  return [
    ...host('hostPID', scc.allowHostPID, 'PID'),
    ...host('hostNetwork', scc.allowHostNetwork, 'network'),
    ...host('hostIPC', scc.allowHostIPC, 'IPC'),
    ...labelProblems(context.seLinuxOptions, CONTEXT, seLinuxLabel(scc, ranges)),
    ...groupProblems('fsGroup', fsGroup === undefined ? [] : [fsGroup], allowedFsGroups(scc, ranges)),
    ...groupProblems('supplementalGroups', supplementalGroups, allowedGroups(scc, ranges)),
    ...seccompProblems(context.seccompProfile, CONTEXT, scc),
    ...sysctlProblems(context.sysctls ?? [], scc),
  ];
}

function groupProblems(
  field: string,
  groups: readonly number[],
  allowed: readonly { readonly min: number; readonly max: number }[] | undefined,
): Problem[] {
  if (allowed === undefined) return [];
  const value = `[]int64{${groups.join(', ')}}`;
  return groups
    .filter((group) => !allowed.some(({ min, max }) => min <= group && group <= max))
    .map((group) => ({ field: `${CONTEXT}.${field}`, value, detail: `${group} is not an allowed group` }));
}

type SecurityContext = NonNullable<Container['securityContext']>;

function labelProblems(
  label: SecurityContext['seLinuxOptions'],
  place: string,
  wanted: SecurityContext['seLinuxOptions'],
): Problem[] {
  if (label === undefined || wanted === undefined) return [];
  return (['level', 'role', 'type', 'user'] as const)
    .filter((member) => (label[member] ?? '') !== (wanted[member] ?? ''))
    .map((member) => ({
      field: `${place}.seLinuxOptions.${member}`,
      value: JSON.stringify(label[member] ?? ''),
      detail: `must be ${wanted[member] ?? ''}`,
    }));
}

const SECCOMP_NAMES = { RuntimeDefault: 'runtime/default', Unconfined: 'unconfined' } as const;

function seccompProblems(
  profile: SecurityContext['seccompProfile'],
  place: string,
  { seccompProfiles }: SecurityContextConstraints,
): Problem[] {
  if (profile === undefined) return [];
  const allowed = seccompProfiles ?? [];
  const name =
    profile.type === 'Localhost'
      ? `localhost/${profile.localhostProfile ?? ''}`
      : SECCOMP_NAMES[profile.type];
  if (allowed.includes('*') || allowed.includes(name)) return [];
  const valid = allowed.join(', ');
  const detail =
    allowed.length === 0
      ? 'seccomp may not be set'
      : `${name} is not an allowed seccomp profile. Valid values are [${valid}]`;
  return [{ field: `${place}.seccompProfile`, value: JSON.stringify(name), detail }];
}

function containerProblems(
  pod: Pod,
  container: Container,
  place: string,
  scc: SecurityContextConstraints,
  ranges: NamespaceRanges | undefined,
): Problem[] {
  const own = container.securityContext ?? {};
  const field = `${place}.securityContext`;
  const when = (bad: boolean, member: string, value: unknown, detail: string): Problem[] =>
    bad ? [{ field: `${field}.${member}`, value: JSON.stringify(value), detail }] : [];
  const ports = (container.ports ?? []).flatMap(({ hostPort }, index) =>
    hostPort && !scc.allowHostPorts
      ? [
          {
            field: `${place}.ports[${index}].hostPort`,
            value: String(hostPort),
            detail: 'Host ports are not allowed to be used',
          },
        ]
      : [],
  );
  const escalates = own.privileged !== true && own.allowPrivilegeEscalation !== false;
  return [
    ...when(
      own.privileged === true && !scc.allowPrivilegedContainer,
      'privileged',
      true,
      'Privileged containers are not allowed',
    ),
    ...when(
      scc.readOnlyRootFilesystem === true && own.readOnlyRootFilesystem !== true,
      'readOnlyRootFilesystem',
      own.readOnlyRootFilesystem ?? null,
      'ReadOnlyRootFilesystem must be set to true',
    ),
    ...when(
      scc.allowPrivilegeEscalation === false && escalates,
      'allowPrivilegeEscalation',
      own.allowPrivilegeEscalation ?? null,
      'Allowing privilege escalation for containers is not allowed',
    ),
    ...userProblems(pod, own, field, scc, ranges),
    ...labelProblems(own.seLinuxOptions, field, seLinuxLabel(scc, ranges)),
    ...capabilityProblems(own, field, scc),
    ...seccompProblems(own.seccompProfile, field, scc),
    ...ports,
  ];
}

function userProblems(
  { spec }: Pod,
  own: SecurityContext,
  place: string,
  { runAsUser }: SecurityContextConstraints,
  ranges: NamespaceRanges | undefined,
): Problem[] {
  const uid = own.runAsUser ?? spec.securityContext?.runAsUser;
  const field = `${place}.runAsUser`;
  const bad = (detail: string): Problem[] => [
    { field, value: uid === undefined ? 'null' : String(uid), detail },
  ];
  switch (runAsUser?.type) {
    case 'MustRunAs':
      return uid === runAsUser.uid ? [] : bad(`must be: ${runAsUser.uid}`);
    case 'MustRunAsRange': {
      const allowed = allowedUsers(runAsUser, ranges);
      if (allowed === undefined || (uid !== undefined && allowed.min <= uid && uid <= allowed.max)) return [];
      return bad(`must be in the ranges: [${allowed.min}, ${allowed.max}]`);
    }
    case 'MustRunAsNonRoot': {
      const nonRoot = own.runAsNonRoot ?? spec.securityContext?.runAsNonRoot;
      if (uid === 0) return bad('running with the root UID is forbidden');
      if (nonRoot !== false) return [];
      return [{ field: `${place}.runAsNonRoot`, value: 'false', detail: 'must be true' }];
    }
    default:
      return [];
  }
}

function capabilityProblems(own: SecurityContext, place: string, scc: SecurityContextConstraints): Problem[] {
  const allowed = [...(scc.allowedCapabilities ?? []), ...(scc.defaultAddCapabilities ?? [])];
  if (allowed.includes('*')) return [];
  return (own.capabilities?.add ?? [])
    .filter((name) => !allowed.includes(name))
    .map((name) => ({
      field: `${place}.capabilities.add`,
      value: JSON.stringify(name),
      detail: 'capability may not be added',
    }));
}

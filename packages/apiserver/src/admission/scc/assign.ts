import type { Container, Pod, SecurityContextConstraints } from '@slipway/kube';
import { containersOf } from '../pod-security/violation.ts';
import type { NamespaceRanges } from './namespace-ranges.ts';

/** Sets what the SCC prescribes and the pod leaves open. Changes the pod. Without ranges those of a namespace stay open. */
export function assignDefaults(
  pod: Pod,
  scc: SecurityContextConstraints,
  ranges: NamespaceRanges | undefined,
): void {
  assignToPod(pod, scc, ranges);
  for (const { container } of containersOf(pod.spec)) assignToContainer(pod, container, scc, ranges);
}

function assignToPod(pod: Pod, scc: SecurityContextConstraints, ranges: NamespaceRanges | undefined): void {
  const shared = { ...pod.spec.securityContext };
  const label = seLinuxLabel(scc, ranges);
  if (label !== undefined) shared.seLinuxOptions ??= label;
  const fsGroup = allowedFsGroups(scc, ranges)?.[0]?.min;
  if (fsGroup !== undefined) shared.fsGroup ??= fsGroup;
  const group = allowedGroups(scc, ranges)?.[0]?.min;
  if (group !== undefined && !shared.supplementalGroups?.length) shared.supplementalGroups = [group];
  const seccomp = (scc.seccompProfiles ?? []).find((profile) => profile !== '*');
  if (seccomp !== undefined) shared.seccompProfile ??= seccompProfile(seccomp);
  pod.spec.securityContext = shared;
}

/** `runtime/default`, `unconfined`, `localhost/<file>` as a field. */
function seccompProfile(text: string): NonNullable<Container['securityContext']>['seccompProfile'] & object {
  if (text.startsWith('localhost/'))
    return { type: 'Localhost', localhostProfile: text.slice('localhost/'.length) };
  return { type: text === 'unconfined' ? 'Unconfined' : 'RuntimeDefault' };
}

function assignToContainer(
  pod: Pod,
  container: Container,
  scc: SecurityContextConstraints,
  ranges: NamespaceRanges | undefined,
): void {
  const own = { ...container.securityContext };
  const shared = pod.spec.securityContext ?? {};
  const uid = own.runAsUser ?? shared.runAsUser ?? defaultUser(scc, ranges);
  if (shared.runAsUser === undefined && uid !== undefined) own.runAsUser = uid;
  if ((own.runAsNonRoot ?? shared.runAsNonRoot) === undefined) {
    const mustBe = uid === undefined ? scc.runAsUser?.type === 'MustRunAsNonRoot' : uid > 0;
    if (mustBe) own.runAsNonRoot = true;
  }
  if (scc.readOnlyRootFilesystem) own.readOnlyRootFilesystem ??= true;
  const byDefault =
    scc.defaultAllowPrivilegeEscalation ?? (scc.allowPrivilegeEscalation === false ? false : null);
  // A privileged container is never without it: Kubernetes refuses the combination.
  if (byDefault !== null && own.privileged !== true) own.allowPrivilegeEscalation ??= byDefault;
  assignCapabilities(own, scc);
  if (Object.keys(own).length > 0) container.securityContext = own;
}

function assignCapabilities(
  own: NonNullable<Container['securityContext']>,
  { defaultAddCapabilities, requiredDropCapabilities }: SecurityContextConstraints,
): void {
  const drop = [...new Set([...(own.capabilities?.drop ?? []), ...(requiredDropCapabilities ?? [])])];
  const added = (defaultAddCapabilities ?? []).filter((name) => !drop.includes(name));
  const add = [...new Set([...(own.capabilities?.add ?? []), ...added])];
  if (add.length + drop.length === 0) return;
  own.capabilities = { ...(add.length > 0 && { add }), ...(drop.length > 0 && { drop: drop.sort() }) };
}

function defaultUser(
  { runAsUser }: SecurityContextConstraints,
  ranges: NamespaceRanges | undefined,
): number | undefined {
  if (runAsUser?.type === 'MustRunAs') return runAsUser.uid;
  return runAsUser?.type === 'MustRunAsRange' ? allowedUsers(runAsUser, ranges)?.min : undefined;
}

/** The user ids of MustRunAsRange; undefined when neither the SCC nor a namespace says. */
export function allowedUsers(
  { uidRangeMin, uidRangeMax }: NonNullable<SecurityContextConstraints['runAsUser']>,
  ranges: NamespaceRanges | undefined,
): { readonly min: number; readonly max: number } | undefined {
  if (uidRangeMin === undefined || uidRangeMax === undefined) return ranges?.users;
  return { min: uidRangeMin, max: uidRangeMax };
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** The groups that may own volumes; undefined for any. Of a namespace's groups only the first may. */
export function allowedFsGroups(
  { fsGroup }: SecurityContextConstraints,
  ranges: NamespaceRanges | undefined,
): readonly Range[] | undefined {
  if (fsGroup?.type !== 'MustRunAs') return undefined;
  if (fsGroup.ranges?.length) return fsGroup.ranges as Range[];
  return ranges && [{ min: ranges.groups[0]!.min, max: ranges.groups[0]!.min }];
}

/** The further groups that are allowed; undefined for any. */
export function allowedGroups(
  { supplementalGroups }: SecurityContextConstraints,
  ranges: NamespaceRanges | undefined,
): readonly Range[] | undefined {
  if (supplementalGroups?.type !== 'MustRunAs') return undefined;
  return supplementalGroups.ranges?.length ? (supplementalGroups.ranges as Range[]) : ranges?.groups;
}

/** The SELinux label that is prescribed; undefined for any. */
export function seLinuxLabel(
  { seLinuxContext }: SecurityContextConstraints,
  ranges: NamespaceRanges | undefined,
): NonNullable<SecurityContextConstraints['seLinuxContext']>['seLinuxOptions'] {
  if (seLinuxContext?.type !== 'MustRunAs') return undefined;
  const label = { ...(ranges && { level: ranges.level }), ...seLinuxContext.seLinuxOptions };
  return Object.keys(label).length > 0 ? label : undefined;
}

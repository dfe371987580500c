import type { KubeObject, Project, SecurityContextConstraints } from '@slipway/kube';
import { type Column, column, NAME } from './column.ts';

function scc(cell: (scc: SecurityContextConstraints) => unknown): (object: KubeObject) => string {
  return (object) => {
    const value = cell(object as SecurityContextConstraints) ?? '<no value>';
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
}

/** The columns of `oc get projects`. */
export const PROJECT_COLUMNS: readonly Column[] = [
  NAME,
  column(
    'Display Name',
    'Its name for people.',
    ({ metadata }) => metadata.annotations?.['openshift.io/display-name'] ?? '',
  ),
  column('Status', 'Active or Terminating.', (object) => (object as Project).status?.phase ?? ''),
];

/** The columns of `oc get scc`. */
export const SCC_COLUMNS: readonly Column[] = [
  NAME,
  column(
    'Priv',
    'Whether containers may be privileged.',
    scc(({ allowPrivilegedContainer = false }) => allowPrivilegedContainer),
  ),
  column(
    'Caps',
    'Capabilities that a container may ask for.',
    scc(({ allowedCapabilities }) => allowedCapabilities),
  ),
  column(
    'SELinux',
    'How the SELinux label is set.',
    scc(({ seLinuxContext }) => seLinuxContext?.type),
  ),
  column(
    'RunAsUser',
    'How the user id is set.',
    scc(({ runAsUser }) => runAsUser?.type),
  ),
  column(
    'FSGroup',
    'How the group of volumes is set.',
    scc(({ fsGroup }) => fsGroup?.type),
  ),
  column(
    'SupGroup',
    'How further groups are set.',
    scc(({ supplementalGroups }) => supplementalGroups?.type),
  ),
  column(
    'Priority',
    'The higher one is tried first.',
    scc(({ priority }) => priority),
  ),
  column(
    'ReadOnlyRootFS',
    'Whether root filesystems must be read only.',
    scc(({ readOnlyRootFilesystem = false }) => readOnlyRootFilesystem),
  ),
  column(
    'Volumes',
    'Types of volumes that are allowed.',
    scc(({ volumes }) => volumes),
  ),
];

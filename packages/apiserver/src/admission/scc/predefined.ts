import type { SecurityContextConstraints } from '@slipway/kube';

/** The SCCs that everybody may use; they allow no more than any pod has. */
export const EVERYBODYS: ReadonlySet<string> = new Set(['restricted', 'restricted-v2']);

const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const HOST_VOLUMES = [...VOLUMES, 'hostPath'].sort();
/** What the first generation of the restricted SCCs takes away; the second takes everything. */
const LEGACY_DROPS = ['KILL', 'MKNOD', 'SETUID', 'SETGID'];

type Fields = Partial<Omit<SecurityContextConstraints, 'apiVersion' | 'kind' | 'metadata'>>;

/** As `restricted`, except for `fields`. */
function constraints(name: string, description: string, fields: Fields): SecurityContextConstraints {
  return {
    apiVersion: 'security.openshift.io/v1',
    kind: 'SecurityContextConstraints',
    metadata: { name, annotations: { 'kubernetes.io/description': description } },
    allowHostDirVolumePlugin: false,
    allowHostIPC: false,
    allowHostNetwork: false,
    allowHostPID: false,
    allowHostPorts: false,
    allowPrivilegeEscalation: true,
    allowPrivilegedContainer: false,
    allowedCapabilities: null,
    defaultAddCapabilities: null,
    fsGroup: { type: 'MustRunAs' },
    groups: [],
    priority: null,
    readOnlyRootFilesystem: false,
    requiredDropCapabilities: LEGACY_DROPS,
    runAsUser: { type: 'MustRunAsRange' },
    seLinuxContext: { type: 'MustRunAs' },
    supplementalGroups: { type: 'RunAsAny' },
    users: [],
    volumes: VOLUMES,
    ...fields,
  };
}

const secondGeneration: Fields = {
  allowPrivilegeEscalation: false,
  allowedCapabilities: ['NET_BIND_SERVICE'],
  requiredDropCapabilities: ['ALL'],
  seccompProfiles: ['runtime/default'],
};
const nonRoot: Fields = { fsGroup: { type: 'RunAsAny' }, runAsUser: { type: 'MustRunAsNonRoot' } };
const hostNetwork: Fields = {
  allowHostNetwork: true,
  allowHostPorts: true,
  supplementalGroups: { type: 'MustRunAs' },
};

/** The SCCs of a new OpenShift cluster, with their names and effects; `restricted` is open to all, as in one of 2019. */
export const PREDEFINED: readonly SecurityContextConstraints[] = [
  constraints('restricted-v2', 'User ids of the namespace, no capability, no privilege escalation.', {
    ...secondGeneration,
  }),
  constraints('restricted', 'User ids of the namespace, and nothing of the host.', {
    groups: ['system:authenticated'],
  }),
  constraints('nonroot-v2', 'As restricted-v2, with any user id but root.', {
    ...secondGeneration,
    ...nonRoot,
  }),
  constraints('nonroot', 'As restricted, with any user id but root.', nonRoot),
  constraints('anyuid', 'As restricted, with any user id and group, root included.', {
    fsGroup: { type: 'RunAsAny' },
    groups: ['system:cluster-admins'],
    priority: 10,
    requiredDropCapabilities: ['MKNOD'],
    runAsUser: { type: 'RunAsAny' },
  }),
  constraints('hostmount-anyuid', 'As anyuid, with folders of the host. Grant with caution.', {
    allowHostDirVolumePlugin: true,
    fsGroup: { type: 'RunAsAny' },
    requiredDropCapabilities: ['MKNOD'],
    runAsUser: { type: 'RunAsAny' },
    volumes: [...HOST_VOLUMES, 'nfs'].sort(),
  }),
  constraints('hostnetwork-v2', 'As restricted-v2, with the network of the host.', {
    ...secondGeneration,
    ...hostNetwork,
  }),
  constraints('hostnetwork', 'As restricted, with the network of the host.', hostNetwork),
  constraints(
    'hostaccess',
    'As restricted, with the namespaces and folders of the host. Grant with caution.',
    {
      allowHostDirVolumePlugin: true,
      allowHostIPC: true,
      allowHostNetwork: true,
      allowHostPID: true,
      allowHostPorts: true,
      volumes: HOST_VOLUMES,
    },
  ),
  constraints('privileged', 'Everything, as any user. Grant with caution.', {
    allowHostDirVolumePlugin: true,
    allowHostIPC: true,
    allowHostNetwork: true,
    allowHostPID: true,
    allowHostPorts: true,
    allowPrivilegedContainer: true,
    allowedCapabilities: ['*'],
    allowedUnsafeSysctls: ['*'],
    fsGroup: { type: 'RunAsAny' },
    groups: ['system:cluster-admins', 'system:nodes', 'system:masters'],
    requiredDropCapabilities: null,
    runAsUser: { type: 'RunAsAny' },
    seLinuxContext: { type: 'RunAsAny' },
    seccompProfiles: ['*'],
    users: ['system:admin'],
    volumes: ['*'],
  }),
];

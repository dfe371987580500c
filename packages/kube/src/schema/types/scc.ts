import { f, root, struct, type TypeTable } from '../table.ts';

/** Security context constraints (security.openshift.io/v1). */
export const sccTypes: TypeTable = {
  SecurityContextConstraints: root('What pods may ask for, and what they are given.', {
    priority: f(2, 'int32?', 'The higher one is tried first; null is 0.'),
    allowPrivilegedContainer: f(3, 'boolean', 'Whether containers may be privileged.'),
    defaultAddCapabilities: f(4, 'string[]', 'Capabilities that each container gets.'),
    requiredDropCapabilities: f(5, 'string[]', 'Capabilities that each container loses; ALL for all.'),
    allowedCapabilities: f(6, 'string[]', 'Capabilities that a container may ask for; * for any.'),
    allowHostDirVolumePlugin: f(7, 'boolean', 'Whether hostPath volumes are allowed.'),
    volumes: f(8, 'string[]', 'Types of volumes that are allowed; * for any.'),
    allowedFlexVolumes: f(21, 'AllowedFlexVolume[]', 'Drivers of flexVolumes.'),
    allowHostNetwork: f(9, 'boolean', "Whether pods may use the host's network."),
    allowHostPorts: f(10, 'boolean', 'Whether containers may use ports of the host.'),
    allowHostPID: f(11, 'boolean', "Whether pods may see the host's processes."),
    allowHostIPC: f(12, 'boolean', "Whether pods may use the host's IPC."),
    userNamespaceLevel: f(26, 'string', 'Kept; pods here have no user namespace of their own.'),
    defaultAllowPrivilegeEscalation: f(
      22,
      'boolean?',
      'allowPrivilegeEscalation where a container sets none.',
    ),
    allowPrivilegeEscalation: f(23, 'boolean?', 'Whether set-user-id programs may work. Default true.'),
    seLinuxContext: f(13, 'SELinuxContextStrategyOptions', 'Which SELinux labels are allowed.'),
    runAsUser: f(14, 'RunAsUserStrategyOptions', 'Which user ids are allowed.'),
    supplementalGroups: f(15, 'SupplementalGroupsStrategyOptions', 'Which further groups are allowed.'),
    fsGroup: f(16, 'FSGroupStrategyOptions', 'Which groups may own volumes.'),
    readOnlyRootFilesystem: f(17, 'boolean', 'Whether root filesystems must be read only.'),
    users: f(18, 'string[]', 'Users that may use it, beside what RBAC says.'),
    groups: f(19, 'string[]', 'Groups that may use it, beside what RBAC says.'),
    seccompProfiles: f(20, 'string[]', 'Allowed seccomp profiles; * for any; the first is the default.'),
    allowedUnsafeSysctls: f(24, 'string[]', 'Unsafe sysctls that are allowed; * at the end for a prefix.'),
    forbiddenSysctls: f(25, 'string[]', 'Sysctls that are forbidden; * at the end for a prefix.'),
  }),
  AllowedFlexVolume: struct('One flexVolume driver.', { driver: f(1, 'string!', 'Its name.') }),
  SELinuxContextStrategyOptions: struct('How the SELinux label is set.', {
    type: f(1, 'string', 'MustRunAs or RunAsAny.', { oneOf: ['MustRunAs', 'RunAsAny'] }),
    seLinuxOptions: f(2, 'SELinuxOptions', 'The label; without one that of the namespace.'),
  }),
  RunAsUserStrategyOptions: struct('How the user id is set.', {
    type: f(1, 'string', 'MustRunAs, MustRunAsNonRoot, MustRunAsRange or RunAsAny.', {
      oneOf: ['MustRunAs', 'MustRunAsNonRoot', 'MustRunAsRange', 'RunAsAny'],
    }),
    uid: f(2, 'int64?', 'The id for MustRunAs.'),
    uidRangeMin: f(3, 'int64?', 'The lowest id for MustRunAsRange; without one that of the namespace.'),
    uidRangeMax: f(4, 'int64?', 'The highest id for MustRunAsRange.'),
  }),
  SupplementalGroupsStrategyOptions: struct('How further groups are set.', {
    type: f(1, 'string', 'MustRunAs or RunAsAny.', { oneOf: ['MustRunAs', 'RunAsAny'] }),
    ranges: f(2, 'IDRange[]', 'The ranges for MustRunAs; without any those of the namespace.'),
  }),
  FSGroupStrategyOptions: struct('How the group of volumes is set.', {
    type: f(1, 'string', 'MustRunAs or RunAsAny.', { oneOf: ['MustRunAs', 'RunAsAny'] }),
    ranges: f(2, 'IDRange[]', 'The ranges for MustRunAs; without any those of the namespace.'),
  }),
  IDRange: struct('Ids from min to max, both included.', {
    min: f(1, 'int64', 'The lowest.'),
    max: f(2, 'int64', 'The highest.'),
  }),
};

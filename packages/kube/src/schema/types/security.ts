import { f, struct, type TypeTable } from '../table.ts';

/** Privileges of pods and containers (core/v1). */
export const securityTypes: TypeTable = {
  SecurityContext: struct("A container's privileges; these win over those of the pod.", {
    capabilities: f(1, 'Capabilities', 'Capabilities to add and drop.'),
    privileged: f(2, 'boolean?', 'Everything that root on the machine may do.'),
    seLinuxOptions: f(3, 'SELinuxOptions', 'SELinux label.'),
    windowsOptions: f(10, 'WindowsSecurityContextOptions'),
    runAsUser: f(4, 'int64?', "User id; default the image's USER."),
    runAsGroup: f(8, 'int64?', 'Group id.'),
    runAsNonRoot: f(5, 'boolean?', 'Refuse to run as user 0.'),
    readOnlyRootFilesystem: f(6, 'boolean?', 'Make the root filesystem read only.'),
    allowPrivilegeEscalation: f(7, 'boolean?', 'Whether set-user-id programs work; false sets no_new_privs.'),
    procMount: f(9, 'string?', 'How /proc is masked.', { oneOf: ['Default', 'Unmasked'] }),
    seccompProfile: f(11, 'SeccompProfile', 'Allowed system calls.'),
    appArmorProfile: f(12, 'AppArmorProfile', 'AppArmor profile.'),
  }),
  PodSecurityContext: struct("Privileges for all of the pod's containers.", {
    seLinuxOptions: f(1, 'SELinuxOptions'),
    windowsOptions: f(8, 'WindowsSecurityContextOptions'),
    runAsUser: f(2, 'int64?', "User id; default the image's USER."),
    runAsGroup: f(6, 'int64?', 'Group id.'),
    runAsNonRoot: f(3, 'boolean?', 'Refuse to run as user 0.'),
    supplementalGroups: f(4, 'int64[]', 'Further group ids.'),
    supplementalGroupsPolicy: f(12, 'string?', '', { oneOf: ['Merge', 'Strict'] }),
    fsGroup: f(5, 'int64?', 'Group id that owns volumes.'),
    sysctls: f(7, 'Sysctl[]', 'Kernel parameters.'),
    fsGroupChangePolicy: f(9, 'string?', '', { oneOf: ['OnRootMismatch', 'Always'] }),
    seccompProfile: f(10, 'SeccompProfile', 'Allowed system calls.'),
    appArmorProfile: f(11, 'AppArmorProfile'),
  }),
  Capabilities: struct('POSIX capabilities to add to and drop from the default set.', {
    add: f(1, 'string[]'),
    drop: f(2, 'string[]'),
  }),
  SeccompProfile: struct('Which system calls are allowed.', {
    type: f(1, 'string!', 'RuntimeDefault, Unconfined or Localhost.', {
      oneOf: ['Unconfined', 'RuntimeDefault', 'Localhost'],
    }),
    localhostProfile: f(2, 'string?', 'File of a Localhost profile.'),
  }),
  AppArmorProfile: struct('Which AppArmor profile confines the container.', {
    type: f(1, 'string!', '', { oneOf: ['Unconfined', 'RuntimeDefault', 'Localhost'] }),
    localhostProfile: f(2, 'string?'),
  }),
  SELinuxOptions: struct('The SELinux label.', {
    user: f(1, 'string'),
    role: f(2, 'string'),
    type: f(3, 'string'),
    level: f(4, 'string'),
  }),
  WindowsSecurityContextOptions: struct('Settings for Windows containers.', {
    gmsaCredentialSpecName: f(1, 'string?'),
    gmsaCredentialSpec: f(2, 'string?'),
    runAsUserName: f(3, 'string?'),
    hostProcess: f(4, 'boolean?'),
  }),
  Sysctl: struct('A kernel parameter of the pod.', {
    name: f(1, 'string!'),
    value: f(2, 'string!'),
  }),
};

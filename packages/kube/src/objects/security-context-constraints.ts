import type { SELinuxOptions } from './container.ts';
import type { KubeObject } from './metadata.ts';

/** Numbers from `min` to `max`, both included. */
export interface IdRange {
  min?: number;
  max?: number;
}

/** Which user ids an SCC allows. */
export interface RunAsUserStrategy {
  type?: 'MustRunAs' | 'MustRunAsNonRoot' | 'MustRunAsRange' | 'RunAsAny';
  uid?: number;
  uidRangeMin?: number;
  uidRangeMax?: number;
}

/** Which SELinux labels an SCC allows. */
export interface SELinuxStrategy {
  type?: 'MustRunAs' | 'RunAsAny';
  seLinuxOptions?: SELinuxOptions;
}

/** Which groups an SCC allows; without ranges those of the namespace. */
export interface GroupStrategy {
  type?: 'MustRunAs' | 'RunAsAny';
  ranges?: IdRange[] | null;
}

/** What pods may ask for, and what they are given, when they run under it (security.openshift.io/v1). */
export interface SecurityContextConstraints extends KubeObject {
  apiVersion: 'security.openshift.io/v1';
  kind: 'SecurityContextConstraints';
  /** The higher one is tried first; absent is 0. */
  priority?: number | null;
  allowPrivilegedContainer?: boolean;
  /** Capabilities that each container gets. */
  defaultAddCapabilities?: string[] | null;
  /** Capabilities that each container loses; `ALL` for all of them. */
  requiredDropCapabilities?: string[] | null;
  /** Capabilities that a container may ask for; `*` for any. */
  allowedCapabilities?: string[] | null;
  allowHostDirVolumePlugin?: boolean;
  /** Types of volumes; `*` for any. */
  volumes?: string[] | null;
  allowedFlexVolumes?: { driver: string }[] | null;
  allowHostNetwork?: boolean;
  allowHostPorts?: boolean;
  allowHostPID?: boolean;
  allowHostIPC?: boolean;
  userNamespaceLevel?: string;
  defaultAllowPrivilegeEscalation?: boolean | null;
  allowPrivilegeEscalation?: boolean | null;
  seLinuxContext?: SELinuxStrategy;
  runAsUser?: RunAsUserStrategy;
  supplementalGroups?: GroupStrategy;
  fsGroup?: GroupStrategy;
  readOnlyRootFilesystem?: boolean;
  /** Who may use it, beside those whom RBAC lets `use` it. */
  users?: string[] | null;
  groups?: string[] | null;
  /** `runtime/default`, `unconfined`, `localhost/<file>`; `*` for any; the first is the default. */
  seccompProfiles?: string[] | null;
  allowedUnsafeSysctls?: string[] | null;
  forbiddenSysctls?: string[] | null;
}

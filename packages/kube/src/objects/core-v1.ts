import type { ResourceList } from './container.ts';
import type { Condition, KubeObject, LocalObjectReference, ObjectReference } from './metadata.ts';
import type { PersistentVolumeClaimSpec } from './volume.ts';

/** A scope for names, permissions and policy. */
export interface Namespace extends KubeObject {
  apiVersion: 'v1';
  kind: 'Namespace';
  spec?: { finalizers?: string[] };
  status?: { phase?: 'Active' | 'Terminating'; conditions?: Condition[] };
}

/** Configuration as key and value. */
export interface ConfigMap extends KubeObject {
  apiVersion: 'v1';
  kind: 'ConfigMap';
  data?: Record<string, string>;
  /** Values in base64. */
  binaryData?: Record<string, string>;
  immutable?: boolean;
}

/** Sensitive data as key and value. */
export interface Secret extends KubeObject {
  apiVersion: 'v1';
  kind: 'Secret';
  /** `Opaque`, `kubernetes.io/dockerconfigjson`, …; `Opaque` when absent. */
  type?: string;
  /** Values in base64. */
  data?: Record<string, string>;
  /** Values as text; write only, the server moves them to `data`. */
  stringData?: Record<string, string>;
  immutable?: boolean;
}

/** An identity that pods have towards the API and the registry. */
export interface ServiceAccount extends KubeObject {
  apiVersion: 'v1';
  kind: 'ServiceAccount';
  secrets?: ObjectReference[];
  imagePullSecrets?: LocalObjectReference[];
  automountServiceAccountToken?: boolean;
}

/** A request for storage that outlives pods. */
export interface PersistentVolumeClaim extends KubeObject {
  apiVersion: 'v1';
  kind: 'PersistentVolumeClaim';
  spec?: PersistentVolumeClaimSpec;
  status?: PersistentVolumeClaimStatus;
}

/** What storage was found. */
export interface PersistentVolumeClaimStatus {
  phase?: 'Pending' | 'Bound' | 'Lost';
  accessModes?: string[];
  capacity?: ResourceList;
  conditions?: Condition[];
}

/** Something that happened to an object (core/v1 Event). */
export interface Event extends KubeObject {
  apiVersion: 'v1';
  kind: 'Event';
  involvedObject: ObjectReference;
  reason?: string;
  message?: string;
  source?: { component?: string; host?: string };
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  count?: number;
  type?: 'Normal' | 'Warning';
  eventTime?: string | null;
  series?: { count?: number; lastObservedTime?: string };
  action?: string;
  related?: ObjectReference;
  reportingComponent?: string;
  reportingInstance?: string;
}

/** The machine that pods run on; only what clients print is modelled. */
export interface Node extends KubeObject {
  apiVersion: 'v1';
  kind: 'Node';
  spec?: { podCIDR?: string; unschedulable?: boolean };
  status?: NodeStatus;
}

/** What is known of a machine. */
export interface NodeStatus {
  capacity?: ResourceList;
  allocatable?: ResourceList;
  conditions?: Condition[];
  addresses?: { type: string; address: string }[];
  nodeInfo?: Record<string, string>;
}

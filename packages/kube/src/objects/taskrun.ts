import type { ContainerState, EnvVar, ResourceRequirements } from './container.ts';
import type { Condition, KubeObject, LocalObjectReference } from './metadata.ts';
import type {
  HostAlias,
  PodDnsConfig,
  PodSecurityContext,
  Toleration,
  TopologySpreadConstraint,
} from './pod.ts';
import type { Param, ParamType, ParamValue, ResolverRef, TaskSpec, WorkspaceBinding } from './task.ts';
import type { Volume } from './volume.ts';

/** One execution of a Task (tekton.dev/v1 TaskRun). */
export interface TaskRun extends KubeObject {
  apiVersion: 'tekton.dev/v1';
  kind: 'TaskRun';
  spec: TaskRunSpec;
  status?: TaskRunStatus;
}

/** The Task to run, by name or by resolver. */
export interface TaskRef extends ResolverRef {
  name?: string;
  kind?: string;
  apiVersion?: string;
}

/** The Task to run and what it is given. */
export interface TaskRunSpec {
  debug?: { breakpoints?: { onFailure?: string; beforeSteps?: string[] } };
  params?: Param[];
  serviceAccountName?: string;
  taskRef?: TaskRef;
  taskSpec?: TaskSpec;
  status?: 'TaskRunCancelled' | 'TaskRunPending' | '';
  statusMessage?: string;
  retries?: number;
  /** A Go duration; `0` means none. */
  timeout?: string;
  podTemplate?: PodTemplate;
  workspaces?: WorkspaceBinding[];
  stepSpecs?: { name: string; computeResources: ResourceRequirements }[];
  sidecarSpecs?: { name: string; computeResources: ResourceRequirements }[];
  computeResources?: ResourceRequirements;
  managedBy?: string;
}

/** The part of a pod's spec that a run may set. */
export interface PodTemplate {
  nodeSelector?: Record<string, string>;
  env?: EnvVar[];
  tolerations?: Toleration[];
  affinity?: Record<string, unknown>;
  securityContext?: PodSecurityContext;
  volumes?: Volume[];
  runtimeClassName?: string;
  automountServiceAccountToken?: boolean;
  dnsPolicy?: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None';
  dnsConfig?: PodDnsConfig;
  enableServiceLinks?: boolean;
  priorityClassName?: string;
  schedulerName?: string;
  imagePullSecrets?: LocalObjectReference[];
  hostAliases?: HostAlias[];
  hostNetwork?: boolean;
  hostUsers?: boolean;
  topologySpreadConstraints?: TopologySpreadConstraint[];
}

/** The value of a result. */
export interface TaskRunResult {
  name: string;
  type?: ParamType;
  value: ParamValue;
}

/** Something that a step used or made. */
export interface Artifact {
  name?: string;
  values?: { digest?: Record<string, string>; uri?: string }[];
  buildOutput?: boolean;
}

/** Where a definition came from. */
export interface Provenance {
  refSource?: { uri?: string; digest?: Record<string, string>; entryPoint?: string };
  featureFlags?: Record<string, unknown>;
}

/** What is known of a step. */
export interface StepState extends ContainerState {
  name?: string;
  container?: string;
  imageID?: string;
  results?: TaskRunResult[];
  provenance?: Provenance;
  terminationReason?: string;
  inputs?: Artifact[];
  outputs?: Artifact[];
}

/** What is known of a sidecar. */
export interface SidecarState extends ContainerState {
  name?: string;
  container?: string;
  imageID?: string;
}

/** How far a run has come. */
export interface TaskRunStatus {
  observedGeneration?: number;
  annotations?: Record<string, string>;
  conditions?: Condition[];
  podName?: string;
  startTime?: string;
  completionTime?: string;
  steps?: StepState[];
  retriesStatus?: TaskRunStatus[];
  results?: TaskRunResult[];
  artifacts?: { inputs?: Artifact[]; outputs?: Artifact[] };
  sidecars?: SidecarState[];
  taskSpec?: TaskSpec;
  provenance?: Provenance;
  spanContext?: Record<string, string>;
}

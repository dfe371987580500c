import type {
  ContainerPort,
  EnvFromSource,
  EnvVar,
  LifecycleHandler,
  Probe,
  PullPolicy,
  ResourceRequirements,
  SecurityContext,
  VolumeDevice,
  VolumeMount,
} from './container.ts';
import type { KubeObject } from './metadata.ts';
import type {
  ConfigMapVolumeSource,
  CsiVolumeSource,
  EmptyDirVolumeSource,
  PersistentVolumeClaimTemplate,
  PersistentVolumeClaimVolumeSource,
  ProjectedVolumeSource,
  SecretVolumeSource,
  Volume,
} from './volume.ts';

/** Steps that run one after another in one pod (tekton.dev/v1 Task). */
export interface Task extends KubeObject {
  apiVersion: 'tekton.dev/v1';
  kind: 'Task';
  spec: TaskSpec;
}

/** What a Task takes, does and gives. */
export interface TaskSpec {
  params?: ParamSpec[];
  displayName?: string;
  description?: string;
  steps?: Step[];
  volumes?: Volume[];
  stepTemplate?: StepTemplate;
  sidecars?: Sidecar[];
  workspaces?: WorkspaceDeclaration[];
  results?: TaskResult[];
}

/** What a parameter or result holds. */
export type ParamType = 'string' | 'array' | 'object';
/** A string, a list of strings or a map of strings. */
export type ParamValue = string | string[] | Record<string, string>;

/** A parameter that a run may or must give. */
export interface ParamSpec {
  name: string;
  type?: ParamType;
  description?: string;
  properties?: Record<string, { type?: ParamType }>;
  default?: ParamValue;
  enum?: string[];
}

/** The value of a parameter. */
export interface Param {
  name: string;
  value: ParamValue;
}

/** What the steps of a Task, or one step, leave behind. */
export interface TaskResult {
  name: string;
  type?: ParamType;
  properties?: Record<string, { type?: ParamType }>;
  description?: string;
  value?: ParamValue;
}

/** A condition: `input` is, or is not, among `values`; or a CEL expression. */
export interface WhenExpression {
  input?: string;
  operator?: 'in' | 'notin';
  values?: string[];
  cel?: string;
}

/** What a remote or local definition is found by. */
export interface ResolverRef {
  resolver?: string;
  params?: Param[];
}

/** The fields that a step, a sidecar and the step template share. */
export interface StepTemplate {
  image?: string;
  command?: string[];
  args?: string[];
  workingDir?: string;
  envFrom?: EnvFromSource[];
  env?: EnvVar[];
  computeResources?: ResourceRequirements;
  volumeMounts?: VolumeMount[];
  volumeDevices?: VolumeDevice[];
  imagePullPolicy?: PullPolicy;
  securityContext?: SecurityContext;
}

/** One container of a Task. */
export interface Step extends StepTemplate {
  name: string;
  displayName?: string;
  script?: string;
  /** A Go duration. */
  timeout?: string;
  workspaces?: WorkspaceUsage[];
  onError?: 'stopAndFail' | 'continue' | (string & {});
  stdoutConfig?: { path?: string };
  stderrConfig?: { path?: string };
  ref?: ResolverRef & { name?: string };
  params?: Param[];
  results?: TaskResult[];
  when?: WhenExpression[];
}

/** A container that runs beside the steps, and is stopped after the last. */
export interface Sidecar extends StepTemplate {
  name: string;
  ports?: ContainerPort[];
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: { postStart?: LifecycleHandler; preStop?: LifecycleHandler };
  terminationMessagePath?: string;
  terminationMessagePolicy?: 'File' | 'FallbackToLogsOnError';
  stdin?: boolean;
  stdinOnce?: boolean;
  tty?: boolean;
  script?: string;
  workspaces?: WorkspaceUsage[];
  restartPolicy?: string;
}

/** A folder that a run must provide. */
export interface WorkspaceDeclaration {
  name: string;
  description?: string;
  mountPath?: string;
  readOnly?: boolean;
  optional?: boolean;
}

/** A workspace that only the containers naming it see. */
export interface WorkspaceUsage {
  name: string;
  /** Default: where the Task puts it. */
  mountPath?: string;
}

/** The folder for a workspace; one source is set. */
export interface WorkspaceBinding {
  name: string;
  subPath?: string;
  volumeClaimTemplate?: PersistentVolumeClaimTemplate;
  persistentVolumeClaim?: PersistentVolumeClaimVolumeSource;
  emptyDir?: EmptyDirVolumeSource;
  configMap?: ConfigMapVolumeSource;
  secret?: SecretVolumeSource;
  projected?: ProjectedVolumeSource;
  csi?: CsiVolumeSource;
}

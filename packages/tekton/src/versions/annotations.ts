import type { Condition, ContainerState, Param, PipelineResourceSpec } from '@slipway/kube';

export type { PipelineResourceSpec } from '@slipway/kube';

// What the old versions of tekton.dev say and v1 cannot, as annotations of the v1 view: upstream's names where upstream
// had one (`pkg/apis/pipeline/v1beta1/*_conversion.go`). Values are JSON of the types below.

/** The resources of a Task (`DeclaredResources`), a TaskRun (`BoundResources`), a Pipeline (`PipelineResourceDeclaration[]`) or a PipelineRun (`PipelineRunResource[]`). */
export const RESOURCES_ANNOTATION = 'tekton.dev/v1beta1Resources';
/** The resources that the embedded taskSpec of a TaskRun declares (`DeclaredResources`). */
export const TASK_SPEC_RESOURCES_ANNOTATION = 'tekton.dev/v1beta1TaskSpecResources';
/** What the tasks of a Pipeline, or of an embedded pipelineSpec, do with resources (`PipelineTasksResources`). */
export const TASKS_RESOURCES_ANNOTATION = 'tekton.dev/v1beta1TasksResources';
/** The resources that the embedded pipelineSpec of a PipelineRun declares (`PipelineResourceDeclaration[]`). */
export const PIPELINE_SPEC_RESOURCES_ANNOTATION = 'tekton.dev/v1beta1PipelineSpecResources';
/** In `status.annotations` of a v1 TaskRun: what its resources gave (`ResourceResult[]`), the old `status.resourcesResult`. */
export const RESOURCES_RESULT_ANNOTATION = 'tekton.dev/v1beta1ResourcesResult';

/** In `status.annotations` of a v1 TaskRun: the events to be sent at its end (`CloudEventDelivery[]`), the old `status.cloudEvents`. */
export const CLOUD_EVENTS_ANNOTATION = 'tekton.dev/v1beta1CloudEvents';

/** In `status.annotations` of a v1 PipelineRun: the checks of Conditions (`ConditionChecks`), the old `status.taskRuns.<name>.conditionChecks`. */
export const CONDITION_CHECKS_ANNOTATION = 'tekton.dev/v1beta1ConditionChecks';

/** Of a run: the version in which it was written, `tekton.dev/v1alpha1`, where that decides what its steps find. */
export const WRITTEN_IN_ANNOTATION = 'slipway.dev/written-in';
/** Its value for runs of the first versions of Tekton. */
export const WRITTEN_IN_V1ALPHA1 = 'tekton.dev/v1alpha1';

/** The types that a PipelineResource may have. */
export const RESOURCE_TYPES = ['git', 'storage', 'image', 'cluster', 'pullRequest', 'cloudEvent'] as const;
/** One of them. */
export type ResourceKind = (typeof RESOURCE_TYPES)[number];

/** A resource that a Task takes or gives. */
export interface TaskResource {
  name: string;
  type: string;
  description?: string;
  /** Under `/workspace`. */
  targetPath?: string;
  /** Where the OCI layout of an image appears (Tekton before v0.10). */
  outputImageDir?: string;
  optional?: boolean;
}

/** The resources that a Task takes and gives. */
export interface DeclaredResources {
  inputs?: TaskResource[];
  outputs?: TaskResource[];
}

/** Which PipelineResource stands for a name: exactly one of ref and spec. */
interface ResourceBinding {
  name: string;
  resourceRef?: { name?: string; apiVersion?: string };
  resourceSpec?: PipelineResourceSpec;
}

/** A resource that a TaskRun gives to its Task. */
export interface TaskResourceBinding extends ResourceBinding {
  paths?: string[];
}

/** The resources that a TaskRun gives to its Task. */
export interface BoundResources {
  inputs?: TaskResourceBinding[];
  outputs?: TaskResourceBinding[];
}

/** A resource that a Pipeline wants from its runs. */
export interface PipelineResourceDeclaration {
  name: string;
  type: string;
  optional?: boolean;
}

/** A resource that a PipelineRun gives to its Pipeline. */
export type PipelineRunResource = ResourceBinding;

/** The pipeline's resource that stands for an input of one of its tasks. */
export interface PipelineTaskInputResource {
  name: string;
  resource: string;
  /** Tasks that must have run before, and whose output this is. */
  from?: string[];
}

/** The pipeline's resource that stands for an output of one of its tasks. */
interface PipelineTaskOutputResource {
  name: string;
  resource: string;
}

/** A Condition that must be true for a task of a Pipeline to run. */
export interface PipelineTaskCondition {
  conditionRef: string;
  params?: Param[];
  resources?: PipelineTaskInputResource[];
}

/** What one task of a Pipeline does with resources, and on which Conditions it depends. */
export interface PipelineTaskResources {
  inputs?: PipelineTaskInputResource[];
  outputs?: PipelineTaskOutputResource[];
  /** What its embedded taskSpec declares. */
  declared?: DeclaredResources;
  conditions?: PipelineTaskCondition[];
}

/** By the name of the task in the Pipeline. */
export type PipelineTasksResources = Record<string, PipelineTaskResources>;

/** One thing that a resource of a run gave: a commit, a digest. `name` and `digest` are the spelling of v0.7 and before. */
export interface ResourceResult {
  name?: string;
  digest?: string;
  key: string;
  value: string;
  resourceName?: string;
  resourceRef?: { name: string };
}

/** An event that tells of a run's end, and how its delivery went; `condition` is Unknown until it was tried. */
export interface CloudEventDelivery {
  target: string;
  status: { condition: 'Unknown' | 'Sent' | 'Failed'; sentAt?: string; message: string; retryCount: number };
}

/** The checks of the Conditions of one task, as `status.taskRuns.<TaskRun of the task>` showed them. */
export interface TaskConditionChecks {
  pipelineTaskName: string;
  /** By the name of the TaskRun that is the check. */
  conditionChecks: Record<string, ConditionCheck>;
  /** There when a check failed: why the task has no TaskRun. */
  status?: { conditions: Condition[] };
}

/** The check of a Condition and how far it has come. */
interface ConditionCheck {
  conditionName: string;
  status?: {
    conditions?: Condition[];
    podName?: string;
    startTime?: string;
    completionTime?: string;
    check?: ContainerState;
  };
}

/** By the name that the TaskRun of the task has, or would have. */
export type ConditionChecks = Record<string, TaskConditionChecks>;

/** The JSON of an annotation, or undefined when it is absent or no JSON. */
export function readAnnotation<T>(
  annotations: Readonly<Record<string, string>> | undefined,
  name: string,
): T | undefined {
  const text = annotations?.[name];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined; // written by somebody else: it says nothing about resources
  }
}

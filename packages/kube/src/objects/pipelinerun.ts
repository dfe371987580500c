import type { ResourceRequirements } from './container.ts';
import type { Condition, KubeObject } from './metadata.ts';
import type { PipelineRef, PipelineSpec, PipelineTaskMetadata } from './pipeline.ts';
import type { Param, WhenExpression, WorkspaceBinding } from './task.ts';
import type { PodTemplate, Provenance, TaskRunResult, TaskRunSpec } from './taskrun.ts';

/** One execution of a Pipeline (tekton.dev/v1 PipelineRun). */
export interface PipelineRun extends KubeObject {
  apiVersion: 'tekton.dev/v1';
  kind: 'PipelineRun';
  spec: PipelineRunSpec;
  status?: PipelineRunStatus;
}

/** The Pipeline to run and what it is given. */
export interface PipelineRunSpec {
  pipelineRef?: PipelineRef;
  pipelineSpec?: PipelineSpec;
  params?: Param[];
  status?: 'Cancelled' | 'CancelledRunFinally' | 'StoppedRunFinally' | 'PipelineRunPending' | '';
  timeouts?: PipelineTimeouts;
  taskRunTemplate?: PipelineTaskRunTemplate;
  workspaces?: WorkspaceBinding[];
  taskRunSpecs?: PipelineTaskRunSpec[];
  managedBy?: string;
}

/** Go durations; `0` means none. */
export interface PipelineTimeouts {
  pipeline?: string;
  tasks?: string;
  finally?: string;
}

/** What every TaskRun of a PipelineRun gets. */
export interface PipelineTaskRunTemplate {
  podTemplate?: PodTemplate;
  serviceAccountName?: string;
}

/** What the TaskRun of one pipeline task gets. */
export interface PipelineTaskRunSpec {
  pipelineTaskName?: string;
  serviceAccountName?: string;
  podTemplate?: PodTemplate;
  stepSpecs?: NonNullable<TaskRunSpec['stepSpecs']>;
  sidecarSpecs?: NonNullable<TaskRunSpec['sidecarSpecs']>;
  metadata?: PipelineTaskMetadata;
  computeResources?: ResourceRequirements;
  /** A Go duration. */
  timeout?: string;
}

/** How far a PipelineRun has come. */
export interface PipelineRunStatus {
  observedGeneration?: number;
  annotations?: Record<string, string>;
  conditions?: Condition[];
  startTime?: string;
  completionTime?: string;
  results?: TaskRunResult[];
  pipelineSpec?: PipelineSpec;
  skippedTasks?: SkippedTask[];
  childReferences?: ChildStatusReference[];
  /** When the tasks of `finally` began. */
  finallyStartTime?: string;
  provenance?: Provenance;
  spanContext?: Record<string, string>;
}

/** A run that belongs to a PipelineRun. */
export interface ChildStatusReference {
  apiVersion?: string;
  kind?: string;
  name?: string;
  displayName?: string;
  pipelineTaskName?: string;
  whenExpressions?: WhenExpression[];
}

/** A pipeline task that was not run, and why. */
export interface SkippedTask {
  name: string;
  reason: string;
  whenExpressions?: WhenExpression[];
}

import type { KubeObject } from './metadata.ts';
import type { ParamSpec, Step } from './task.ts';

/** A check that decides whether a task of a Pipeline runs (tekton.dev/v1alpha1 Condition, Tekton v0.5 to v0.26). */
export interface TektonCondition extends KubeObject {
  apiVersion: 'tekton.dev/v1alpha1';
  kind: 'Condition';
  spec: TektonConditionSpec;
}

/** The check of a Condition, and what it takes. */
export interface TektonConditionSpec {
  description?: string;
  /** Exit code 0 is true, every other end is false. */
  check?: Step;
  params?: ParamSpec[];
  /** PipelineResources that a Pipeline gives it. */
  resources?: { name: string; type: string; targetPath?: string; optional?: boolean }[];
}

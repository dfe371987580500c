import type { KubeObject } from './metadata.ts';
import type {
  Param,
  ParamSpec,
  ParamType,
  ParamValue,
  ResolverRef,
  TaskSpec,
  WhenExpression,
} from './task.ts';
import type { TaskRef } from './taskrun.ts';

/** Tasks that run in the order of what they need from each other (tekton.dev/v1 Pipeline). */
export interface Pipeline extends KubeObject {
  apiVersion: 'tekton.dev/v1';
  kind: 'Pipeline';
  spec: PipelineSpec;
}

/** What a Pipeline takes, runs and gives. */
export interface PipelineSpec {
  displayName?: string;
  description?: string;
  params?: ParamSpec[];
  tasks?: PipelineTask[];
  workspaces?: PipelineWorkspaceDeclaration[];
  results?: PipelineResult[];
  /** Run when all of `tasks` are over, whatever came of them. */
  finally?: PipelineTask[];
}

/** One task of a Pipeline and how it is run. */
export interface PipelineTask {
  name: string;
  displayName?: string;
  description?: string;
  taskRef?: TaskRef;
  taskSpec?: EmbeddedTask;
  pipelineRef?: PipelineRef;
  pipelineSpec?: PipelineSpec;
  when?: WhenExpression[];
  retries?: number;
  runAfter?: string[];
  params?: Param[];
  matrix?: Matrix;
  workspaces?: PipelineTaskWorkspace[];
  /** A Go duration. */
  timeout?: string;
  onError?: 'stopAndFail' | 'continue' | (string & {});
}

/** A Task that stands in a Pipeline; or, with `apiVersion` and `kind`, the spec of a custom task. */
export interface EmbeddedTask extends TaskSpec {
  apiVersion?: string;
  kind?: string;
  spec?: Record<string, unknown>;
  metadata?: PipelineTaskMetadata;
}

/** Labels and annotations for the run of a pipeline task. */
export interface PipelineTaskMetadata {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** Runs a pipeline task once for each combination of these values. */
export interface Matrix {
  params?: Param[];
  include?: { name?: string; params?: Param[] }[];
}

/** The workspace of the Pipeline that a pipeline task gets. */
export interface PipelineTaskWorkspace {
  name: string;
  /** Default: the one of the same name. */
  workspace?: string;
  subPath?: string;
}

/** A folder that a PipelineRun must provide. */
export interface PipelineWorkspaceDeclaration {
  name: string;
  description?: string;
  optional?: boolean;
}

/** What a PipelineRun leaves behind, made of results of its tasks. */
export interface PipelineResult {
  name: string;
  type?: ParamType;
  description?: string;
  value: ParamValue;
}

/** The Pipeline to run, by name or by resolver. */
export interface PipelineRef extends ResolverRef {
  name?: string;
  apiVersion?: string;
}

import { formatDuration, parseDuration } from '@slipway/core';
import {
  ownerReference,
  type Param,
  type PipelineRun,
  type PipelineTaskRunSpec,
  type PodTemplate,
  type TaskRun,
  type TaskRunSpec,
  type TaskSpec,
} from '@slipway/kube';
import type { TektonConfig } from '../config.ts';
import { replaceInTaskSpec } from '../substitution/fields.ts';
import { replaceOutsideOfTask } from '../substitution/pipeline-task.ts';
import { mergeReplacements, pipelineStrings } from '../substitution/pipeline-values.ts';
import { without } from '../without.ts';
import { childAnnotations, childLabels } from './child-metadata.ts';
import { childWorkspaces } from './child-workspaces.ts';
import type { PipelineFacts } from './facts.ts';
import { contextOf } from './prepare.ts';
import { childResources } from './resources.ts';
import { matrixReplacements, type TaskState } from './task-state.ts';

interface TaskRunOptions {
  readonly run: PipelineRun;
  readonly state: TaskState;
  readonly facts: PipelineFacts;
  /** The Task, where it is known. */
  readonly taskSpec: TaskSpec | undefined;
  readonly config: TektonConfig;
}

/** The TaskRuns of a pipeline task; a matrix has several. */
export function buildTaskRuns(options: TaskRunOptions): TaskRun[] {
  const { state } = options;
  return state.names.map((name, index) => buildTaskRun(options, name, state.combinations[index] ?? []));
}

function buildTaskRun(options: TaskRunOptions, name: string, combination: readonly Param[]): TaskRun {
  const { run, state, facts, config } = options;
  const task = replaceOutsideOfTask(
    state.task,
    mergeReplacements(
      ...facts.states.map(matrixReplacements),
      pipelineStrings([['context.pipelineTask.retries', `${state.task.retries ?? 0}`]]),
    ),
  );
  const own = taskRunSpecOf(run, task.name);
  const params = [...combination, ...(task.params ?? [])];
  const results = facts.allResults();
  const pipelineName = run.spec.pipelineRef?.name ?? '';
  const workspaces = childWorkspaces(
    run,
    task,
    options.taskSpec,
    mergeReplacements(results, contextOf(run, pipelineName)),
  );
  const timeout = own.timeout ?? task.timeout ?? inheritedTimeout(state.isFinal, facts, config);
  const spec: TaskRunSpec = {
    ...(task.taskRef ? { taskRef: task.taskRef } : {}),
    ...(task.taskSpec ? { taskSpec: replaceInTaskSpec(without(task.taskSpec, 'metadata'), results) } : {}),
    ...(params.length > 0 && { params }),
    ...(task.retries && { retries: task.retries }),
    ...(workspaces.length > 0 && { workspaces }),
    ...(timeout !== undefined && { timeout }),
    ...without(own, 'pipelineTaskName', 'metadata', 'timeout'),
  };
  const section = state.isFinal ? 'finally' : 'tasks';
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: {
      name,
      namespace: run.metadata.namespace ?? '',
      labels: childLabels(run, task, section, own.metadata),
      annotations: { ...childAnnotations(run, task, own.metadata), ...childResources(run, task.name) },
      ownerReferences: [ownerReference(run, { controller: true })],
    },
    spec,
  };
}

/** What the run says of the TaskRuns of one task: of all, and of this one, which wins. */
export function taskRunSpecOf({ spec }: PipelineRun, task: string): PipelineTaskRunSpec {
  const all = spec.taskRunTemplate ?? {};
  const own = spec.taskRunSpecs?.find(({ pipelineTaskName }) => pipelineTaskName === task) ?? {};
  const podTemplate = mergedPodTemplate(all.podTemplate, own.podTemplate);
  const account = own.serviceAccountName || all.serviceAccountName;
  return { ...own, ...(podTemplate && { podTemplate }), ...(account && { serviceAccountName: account }) };
}

function mergedPodTemplate(
  all: PodTemplate | undefined,
  own: PodTemplate | undefined,
): PodTemplate | undefined {
  if (!all || !own) return own ?? all;
  const env = byName(all.env, own.env);
  const volumes = byName(all.volumes, own.volumes);
  return { ...all, ...own, ...(env && { env }), ...(volumes && { volumes }) };
}

function byName<T extends { name: string }>(
  all: readonly T[] | undefined,
  own: readonly T[] | undefined,
): T[] | undefined {
  if (!all && !own) return undefined;
  return [...new Map([...(all ?? []), ...(own ?? [])].map((each) => [each.name, each])).values()];
}

/** A TaskRun may take as long as its part of the run, where that is longer than TaskRuns may take otherwise. */
export function inheritedTimeout(
  isFinal: boolean,
  { run, timeouts }: PipelineFacts,
  config: TektonConfig,
): string | undefined {
  const part = isFinal ? 'finally' : 'tasks';
  const written = run.spec.timeouts?.[part];
  if (written !== undefined && parseDuration(written) === 0) return '0s';
  const limit = timeouts[part];
  return limit !== undefined && limit > config.defaultTimeoutMinutes * 60_000
    ? formatDuration(limit)
    : undefined;
}

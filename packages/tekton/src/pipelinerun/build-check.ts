import { ownerReference, type PipelineRun, type TaskRun } from '@slipway/kube';
import { names, type TektonConfig } from '../config.ts';
import { replaceInParams } from '../substitution/pipeline-values.ts';
import { inheritedTimeout, taskRunSpecOf } from './build-taskrun.ts';
import { childAnnotations, childLabels } from './child-metadata.ts';
import type { PlannedCheck } from './conditions.ts';
import type { PipelineFacts } from './facts.ts';
import { checkResources } from './resources.ts';
import type { TaskState } from './task-state.ts';

interface CheckOptions {
  readonly run: PipelineRun;
  readonly state: TaskState;
  readonly facts: PipelineFacts;
  readonly config: TektonConfig;
}

/** The TaskRuns that check the Conditions of a task; those that there are, too. */
export function buildChecks(options: CheckOptions): TaskRun[] {
  return options.state.checks.map(({ planned }) => buildCheck(planned, options));
}

/** As the TaskRun of the task would be, with the Condition's check for its Task. */
function buildCheck(check: PlannedCheck, { run, state, facts, config }: CheckOptions): TaskRun {
  const { task } = state;
  const { serviceAccountName, podTemplate, metadata } = taskRunSpecOf(run, task.name);
  const params = replaceInParams(check.params, facts.allResults());
  const timeout = inheritedTimeout(false, facts, config);
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: {
      name: check.name,
      namespace: run.metadata.namespace ?? '',
      labels: {
        ...childLabels(run, task, 'tasks', metadata),
        [names.conditionCheckLabel]: check.name,
        ...check.labels,
      },
      annotations: {
        ...childAnnotations(run, { name: task.name }, metadata),
        ...checkResources(run, check.resources, check.declared),
      },
      ownerReferences: [ownerReference(run, { controller: true })],
    },
    spec: {
      taskSpec: check.taskSpec,
      ...(params.length > 0 && { params }),
      ...(serviceAccountName && { serviceAccountName }),
      ...(podTemplate && { podTemplate }),
      ...(timeout !== undefined && { timeout }),
    },
  };
}

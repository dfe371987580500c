import type { PipelineRunStatus, TaskRun } from '@slipway/kube';
import {
  CONDITION_CHECKS_ANNOTATION,
  type ConditionChecks,
  type TaskConditionChecks,
} from '../versions/annotations.ts';
import type { PipelineFacts } from './facts.ts';
import { didChecksFail, type TaskState } from './task-state.ts';

/** The status with what the checks of Conditions have come to, in an annotation that the older versions show as `taskRuns`. */
export function withConditionChecks(status: PipelineRunStatus, facts: PipelineFacts): PipelineRunStatus {
  const states = facts.dagStates.filter(({ checks }) => checks.some(({ run }) => run !== undefined));
  if (states.length === 0) return status;
  const told: ConditionChecks = Object.fromEntries(
    states.map((state) => [state.names[0] ?? state.task.name, checksOf(state, facts.run.metadata.name)]),
  );
  const annotations = { ...status.annotations, [CONDITION_CHECKS_ANNOTATION]: JSON.stringify(told) };
  return { ...status, annotations };
}

function checksOf(state: TaskState, runName: string): TaskConditionChecks {
  const checks = Object.fromEntries(
    state.checks.map(({ planned, run }) => [
      planned.name,
      { conditionName: planned.conditionName, ...(run && { status: statusOf(run) }) },
    ]),
  );
  return {
    pipelineTaskName: state.task.name,
    conditionChecks: checks,
    ...(didChecksFail(state) && { status: failureOf(state, runName) }),
  };
}

function statusOf({
  status = {},
}: TaskRun): TaskConditionChecks['conditionChecks'][string]['status'] & object {
  const { conditions, podName, startTime, completionTime, steps = [] } = status;
  const { running, terminated, waiting } = steps.at(-1) ?? {}; // the check: those before it bring resources
  return {
    ...(conditions && { conditions }),
    ...(podName && { podName }),
    ...(startTime && { startTime }),
    ...(completionTime && { completionTime }),
    ...((running || terminated || waiting) && {
      check: { ...(running && { running }), ...(terminated && { terminated }), ...(waiting && { waiting }) },
    }),
  };
}

/** The condition that Tekton gave a task whose Conditions were not true; it is as old as the last of the checks. */
function failureOf({ names, checks }: TaskState, runName: string): TaskConditionChecks['status'] & object {
  const times = checks.map(({ run }) => run?.status?.completionTime ?? '').sort();
  const message = `ConditionChecks failed for Task ${names[0]} in PipelineRun ${runName}`;
  return {
    conditions: [
      {
        type: 'Succeeded',
        status: 'False',
        reason: 'ConditionCheckFailed',
        message,
        ...(times.at(-1) && { lastTransitionTime: times.at(-1)! }),
      },
    ],
  };
}

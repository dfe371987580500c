import { type Condition, formatTime, type StepState, type TaskRun, type TaskRunStatus } from '@slipway/kube';
import { markFailed } from '../conditions.ts';
import { without } from '../without.ts';

/** The status of a run that is stopped from outside: its Pod goes, and so do the steps that were not over. */
export function stoppedStatus(taskRun: TaskRun, reason: string, message: string, now: Date): TaskRunStatus {
  const { status = {} } = taskRun;
  const steps = status.steps?.map((step) =>
    step.terminated ? step : terminatedStep(step, taskRun, reason, now),
  );
  const stopped = markFailed(status, reason, message, now);
  return steps ? { ...stopped, steps } : stopped;
}

function terminatedStep(step: StepState, taskRun: TaskRun, reason: string, now: Date): StepState {
  const startedAt = step.running?.startedAt ?? taskRun.metadata.creationTimestamp ?? formatTime(now);
  return {
    ...without(step, 'running', 'waiting'),
    terminated: {
      exitCode: 1,
      startedAt,
      finishedAt: formatTime(now),
      reason,
      message: `Step ${step.name} terminated as pod ${taskRun.status?.podName} is terminated`,
    },
    terminationReason: reason,
  };
}

/** Reasons that say nothing a reader would miss when the run is stopped. */
const PLAIN_REASONS = ['Started', 'Running', 'TaskRunPending', 'Pending'];

/** The message with what the run was held up by before, so that a timeout says for example which image was missing. */
export function withPreviousCondition(message: string, previous: Condition | undefined): string {
  if (!previous?.message || PLAIN_REASONS.includes(previous.reason ?? '')) return message;
  return `${message}\nPrevious status: [${previous.reason}] ${previous.message}`;
}

/** The status of a run that starts over: what happened is kept in `retriesStatus`. */
export function retriedStatus(status: TaskRunStatus, message: string, now: Date): TaskRunStatus {
  const kept = without(status, 'startTime', 'completionTime', 'podName', 'results');
  const attempt = without(status, 'retriesStatus');
  const condition: Condition = {
    type: 'Succeeded',
    status: 'Unknown',
    reason: 'ToBeRetried',
    message,
    lastTransitionTime: formatTime(now),
  };
  return { ...kept, retriesStatus: [...(status.retriesStatus ?? []), attempt], conditions: [condition] };
}

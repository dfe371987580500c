import {
  type Condition,
  findCondition,
  formatTime,
  setCondition,
  type TaskRun,
  type TaskRunStatus,
} from '@slipway/kube';

/** The condition that says how a run stands. */
export function succeededOf(taskRun: TaskRun): Condition | undefined {
  return findCondition(taskRun.status?.conditions, 'Succeeded');
}

/** Whether the run has ended, well or not. */
export function isDone(taskRun: TaskRun): boolean {
  const condition = succeededOf(taskRun);
  return condition !== undefined && condition.status !== 'Unknown';
}

/** The time of the condition's change moves only when its status does. */
function withSucceeded(
  status: TaskRunStatus,
  value: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  now: Date,
): TaskRunStatus {
  const next: Condition = { type: 'Succeeded', status: value, reason, message };
  return { ...status, conditions: setCondition(status.conditions, next, now) };
}

/** The run is going on. */
export function markOngoing(
  status: TaskRunStatus,
  reason: string,
  message: string,
  now: Date,
): TaskRunStatus {
  return withSucceeded(status, 'Unknown', reason, message, now);
}

/** The run ended and failed. */
export function markFailed(status: TaskRunStatus, reason: string, message: string, now: Date): TaskRunStatus {
  return { ...withSucceeded(status, 'False', reason, message, now), completionTime: formatTime(now) };
}

/** The run ended and succeeded. */
export function markSucceeded(status: TaskRunStatus, now: Date): TaskRunStatus {
  const message = 'All Steps have completed executing';
  return {
    ...withSucceeded(status, 'True', 'Succeeded', message, now),
    completionTime: formatTime(now),
  };
}

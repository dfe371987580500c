import { type Condition, findCondition, formatTime, setCondition } from '@slipway/kube';

/** The part of a run's status that says how it stands: that of a TaskRun or of a PipelineRun. */
interface RunStatus {
  conditions?: Condition[];
  completionTime?: string;
}

interface Run {
  readonly status?: RunStatus;
}

/** The condition that says how a run stands. */
export function succeededOf(run: Run): Condition | undefined {
  return findCondition(run.status?.conditions, 'Succeeded');
}

/** Whether the run has ended, well or not. */
export function isDone(run: Run): boolean {
  const condition = succeededOf(run);
  return condition !== undefined && condition.status !== 'Unknown';
}

/** The time of the condition's change moves only when its status does. */
function withSucceeded<T extends RunStatus>(
  status: T,
  value: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  now: Date,
): T {
  const next: Condition = { type: 'Succeeded', status: value, reason, message };
  return { ...status, conditions: setCondition(status.conditions, next, now) };
}

/** The run is going on. */
export function markOngoing<T extends RunStatus>(status: T, reason: string, message: string, now: Date): T {
  return withSucceeded(status, 'Unknown', reason, message, now);
}

/** The run ended and failed. */
export function markFailed<T extends RunStatus>(status: T, reason: string, message: string, now: Date): T {
  return { ...withSucceeded(status, 'False', reason, message, now), completionTime: formatTime(now) };
}

/** The run ended and succeeded. */
export function markSucceeded<T extends RunStatus>(
  status: T,
  now: Date,
  reason: string = 'Succeeded',
  message: string = 'All Steps have completed executing',
): T {
  return {
    ...withSucceeded(status, 'True', reason, message, now),
    completionTime: formatTime(now),
  };
}

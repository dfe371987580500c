import { parseDuration } from '@slipway/core';
import type { TaskRun } from '@slipway/kube';
import type { TektonConfig } from '../config.ts';

/** How long a run may take in milliseconds; 0 is without limit. */
export function timeoutMs(taskRun: TaskRun, config: TektonConfig): number {
  const { timeout } = taskRun.spec;
  return timeout === undefined ? config.defaultTimeoutMinutes * 60_000 : parseDuration(timeout);
}

/** The API keeps whole seconds: a run may have started this much after its `startTime`, and must not be cut short. */
export const START_PRECISION_MS = 999;

/** Milliseconds until the run's timeout, 0 when it is over, undefined when there is none or it has not started. */
export function remainingMs(taskRun: TaskRun, config: TektonConfig, now: Date): number | undefined {
  const limit = timeoutMs(taskRun, config);
  const started = taskRun.status?.startTime;
  if (limit === 0 || !started) return undefined;
  return Math.max(0, Date.parse(started) + START_PRECISION_MS + limit - now.getTime());
}

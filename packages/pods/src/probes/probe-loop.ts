import type { Clock } from '@slipway/core';
import type { Probe } from '@slipway/kube';
import type { CheckResult } from './check.ts';

export interface ProbeLoopOptions {
  readonly probe: Probe;
  readonly clock: Clock;
  /** Of the container. */
  readonly startedAt: Date;
  readonly signal: AbortSignal;
  readonly check: () => Promise<CheckResult>;
  /** Is told of each check that fails. */
  readonly onFailure: (message: string) => void;
}

/**
 * Checks again and again, as the kubelet does, and yields whether the container is healthy each time that enough checks in
 * a row agree. Rejects when the signal aborts.
 */
export async function* probeLoop(options: ProbeLoopOptions): AsyncGenerator<boolean> {
  const { probe, clock, startedAt, signal, check, onFailure } = options;
  const { initialDelaySeconds = 0, periodSeconds, successThreshold, failureThreshold } = probe;
  const first = startedAt.getTime() + initialDelaySeconds * 1000;
  await clock.sleep(Math.max(0, first - clock.now().getTime()), signal);
  let last: boolean | undefined;
  let inARow = 0;
  for (;;) {
    const began = clock.now().getTime();
    const { isHealthy, message } = await check();
    signal.throwIfAborted();
    if (!isHealthy) onFailure(message);
    inARow = isHealthy === last ? inARow + 1 : 1;
    last = isHealthy;
    if (inARow >= (isHealthy ? successThreshold || 1 : failureThreshold || 3)) yield isHealthy;
    const next = began + (periodSeconds || 10) * 1000;
    await clock.sleep(Math.max(0, next - clock.now().getTime()), signal);
  }
}

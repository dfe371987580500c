import type { Probe } from '@slipway/kube';
import type { PodEnvironment } from '../pod/pod-environment.ts';
import { check, type ProbeTarget } from './check.ts';
import { probeLoop } from './probe-loop.ts';

/** What is to be done when the probes of a container have found something. */
interface ProbeActions {
  /** The startupProbe has succeeded, or there is none. */
  readonly onStartup: () => void;
  readonly onReady: (isReady: boolean) => void;
  /** The container is to be ended: a startupProbe or livenessProbe has failed. */
  readonly onUnhealthy: (kind: 'startup' | 'liveness', probe: Probe) => void;
}

export interface ContainerProbes extends ProbeActions, ProbeTarget {
  readonly environment: PodEnvironment;
  readonly startedAt: Date;
  /** Ends with the container. */
  readonly signal: AbortSignal;
}

/** Follows the health of a container: its startupProbe first, then the two others side by side. Rejects when the signal aborts. */
export async function followHealth(probes: ContainerProbes): Promise<void> {
  const { startupProbe, readinessProbe, livenessProbe } = probes.container;
  if (startupProbe && !(await hasStartedUp(probes, startupProbe))) return;
  probes.onStartup();
  if (!readinessProbe) probes.onReady(true);
  await Promise.all([
    readinessProbe && followReadiness(probes, readinessProbe),
    livenessProbe && followLiveness(probes, livenessProbe),
  ]);
}

async function hasStartedUp(probes: ContainerProbes, probe: Probe): Promise<boolean> {
  for await (const isHealthy of verdicts(probes, probe, 'Startup')) {
    if (isHealthy) return true;
    probes.onUnhealthy('startup', probe);
    break;
  }
  return false;
}

async function followReadiness(probes: ContainerProbes, probe: Probe): Promise<void> {
  for await (const isHealthy of verdicts(probes, probe, 'Readiness')) probes.onReady(isHealthy);
}

async function followLiveness(probes: ContainerProbes, probe: Probe): Promise<void> {
  for await (const isHealthy of verdicts(probes, probe, 'Liveness')) {
    if (isHealthy) continue;
    probes.onUnhealthy('liveness', probe);
    return;
  }
}

function verdicts(probes: ContainerProbes, probe: Probe, kind: string): AsyncGenerator<boolean> {
  const { environment, container, startedAt, signal } = probes;
  const { runner, pod } = environment;
  let told: string | undefined;
  return probeLoop({
    probe,
    clock: runner.clock,
    startedAt,
    signal,
    check: () => check(probe, probes, signal),
    onFailure(message) {
      if (message === told) return; // an event for each look would be thousands
      told = message;
      runner.events.warning(pod, 'Unhealthy', `${kind} probe failed: ${message}`, container.name);
    },
  });
}

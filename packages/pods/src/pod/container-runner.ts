import { isDeepStrictEqual } from 'node:util';
import type { ContainerExit, MonitoredContainer } from '@slipway/containers';
import { backoffDelay } from '@slipway/core';
import type { Container, ContainerStateTerminated, Probe } from '@slipway/kube';
import { PeakMemory } from '../container/peak-memory.ts';
import { unmountRoot } from '../container/root-filesystem.ts';
import { type StartedRun, startContainer, terminatedState } from '../container/run-container.ts';
import { followHealth } from '../probes/container-probes.ts';
import type { ContainerHealth } from '../status/pod-status.ts';
import type { PodEnvironment } from './pod-environment.ts';
import type { PodState } from './pod-state.ts';
import { untilReady } from './prepare-pod.ts';

/** How a run's end becomes the state that is shown; the default is the kubelet's. */
type Conclude = (startedAt: Date, exit: ContainerExit) => Promise<ContainerStateTerminated>;

export interface RunOptions {
  readonly conclude?: Conclude;
  /** Called when the container runs: a new one, or one found again. */
  readonly onStarted?: (container: MonitoredContainer, startedAt: Date) => void;
  /** Called when its startupProbe has succeeded, or at once when it has none. */
  readonly onStartup?: () => void;
  /** Called when its readinessProbe succeeds, or at once when it has no probes. */
  readonly onReady?: () => void;
}

type Running = Exclude<StartedRun, { readonly failed: unknown }>;

/** As the kubelet: 10 s, doubled up to 5 min. */
const RESTART_BACKOFF = { initialMs: 10_000, maxMs: 300_000 };

/** Runs the containers of one pod and knows which run now. */
export class ContainerRunner {
  readonly #environment: PodEnvironment;
  readonly #state: PodState;
  readonly #signal: AbortSignal;
  readonly #memory: PeakMemory;
  readonly #running = new Map<string, MonitoredContainer>();
  readonly #stopping = new Set<string>();
  readonly #dismissed = new Set<string>();
  readonly #unhealthy = new Set<string>();
  readonly #released: Promise<void>[] = [];

  constructor(environment: PodEnvironment, state: PodState, signal: AbortSignal) {
    this.#environment = environment;
    this.#state = state;
    this.#signal = signal;
    this.#memory = new PeakMemory(environment.pod, environment.runner);
  }

  /** Runs a container until it has ended and the pod's restartPolicy wants no other run. Rejects when the pod is stopped. */
  async runToEnd(container: Container, options: RunOptions = {}): Promise<ContainerStateTerminated> {
    for (;;) {
      const ended = await this.runOnce(container, options);
      if (!this.#wantsRestart(container, ended)) {
        this.#state.close(container.name);
        return ended;
      }
      await this.#waitForRestart(container);
    }
  }

  /** One run of a container; one that ended before is not run again. Rejects when the pod is stopped. */
  async runOnce(container: Container, options: RunOptions = {}): Promise<ContainerStateTerminated> {
    const { progress } = this.#environment;
    const { name } = container;
    const before = progress.container(name).ended;
    if (before) return before;
    const parts = { ...this.#environment, state: this.#state, signal: this.#signal };
    const run = await untilReady(parts, () => startContainer(this.#environment, container), name);
    if ('failed' in run) return await this.finish(container, run.failed);
    this.#running.set(name, run.container);
    options.onStarted?.(run.container, run.startedAt);
    const ended = new AbortController();
    this.#followHealth(container, run, options, ended.signal);
    const exit = await this.#waitFor(run.container).finally(() => ended.abort());
    return await this.#conclude(container, run.startedAt, exit, options);
  }

  /** Shows that the container runs, and what its probes find while it does. */
  #followHealth(container: Container, run: Running, options: RunOptions, signal: AbortSignal): void {
    const { name, startupProbe, readinessProbe } = container;
    const hasProbes = startupProbe !== undefined || readinessProbe !== undefined;
    let health = { hasStarted: startupProbe === undefined, isReady: !hasProbes };
    const show = (change: Partial<ContainerHealth>): void => {
      const before = health;
      health = { ...health, ...change };
      if (!isDeepStrictEqual(before, health)) this.#state.setHealth(name, health);
    };
    this.#state.setRunning(name, run.startedAt, health);
    const { address } = this.#environment;
    followHealth({
      ...{ environment: this.#environment, container, running: run.container, address, signal },
      startedAt: run.startedAt,
      onStartup: () => {
        show({ hasStarted: true });
        options.onStartup?.();
      },
      onReady: (isReady) => {
        show({ isReady });
        if (isReady) options.onReady?.();
      },
      onUnhealthy: (kind, probe) => void this.#endUnhealthy(container, run.container, kind, probe),
    }).catch((error: unknown) => {
      if (!signal.aborted) this.#environment.runner.logger.error('probes ended', { name, error: `${error}` });
    });
  }

  async #endUnhealthy(
    { name }: Container,
    running: MonitoredContainer,
    kind: string,
    probe: Probe,
  ): Promise<void> {
    const { runner, pod } = this.#environment;
    const { terminationGracePeriodSeconds = 30 } = pod.spec;
    this.#unhealthy.add(name);
    runner.events.normal(pod, 'Killing', `Container ${name} failed ${kind} probe, will be restarted`, name);
    const grace = probe.terminationGracePeriodSeconds ?? terminationGracePeriodSeconds;
    await stopContainer(running, grace, this.#signal).catch(() => {}); // a stop of the pod, which its run sees
  }

  async #waitFor(container: MonitoredContainer): Promise<ContainerExit> {
    using _ = this.#memory.watch();
    const exit = await container.wait(this.#signal);
    await this.#memory.record();
    return exit;
  }

  /** Records the end of a container: on disk, then in the status; what it used is given back after that. */
  async finish(container: Container, ended: ContainerStateTerminated): Promise<ContainerStateTerminated> {
    const { name } = container;
    const monitored = this.#running.get(name);
    this.#running.delete(name);
    const isKept = await this.#record(name, ended);
    this.#state.set(name, { terminated: ended });
    // Its exit is still on disk otherwise, where a later process finds it.
    if (isKept) this.#released.push(this.#release(name, monitored));
    return ended;
  }

  async #record(name: string, ended: ContainerStateTerminated): Promise<boolean> {
    const { progress, runner } = this.#environment;
    try {
      await progress.update(name, { ended });
      return true;
    } catch (error) {
      runner.logger.error('the end of a container was not recorded', {
        container: name,
        error: String(error),
      });
      return false;
    }
  }

  /**
   * Ends these containers (all by default) politely: SIGTERM, then SIGKILL after the grace period. For those whose runs
   * still wait, their ends are seen there.
   */
  async stop(graceSeconds: number, names: readonly string[] = [...this.#running.keys()]): Promise<void> {
    await this.#stopAll(graceSeconds, names);
  }

  /** Ends sidecars that have done their work: they succeeded, however they take it. Rejects when the pod is stopped. */
  async dismiss(graceSeconds: number, names: readonly string[]): Promise<void> {
    for (const name of names) this.#dismissed.add(name);
    await this.#stopAll(graceSeconds, names, this.#signal);
  }

  /** After the runs were given up by an abort: ends what still runs and records it. */
  async stopAndRecord(graceSeconds: number): Promise<void> {
    const left = [...this.#running];
    await this.stop(graceSeconds);
    for (const [name, monitored] of left) {
      const container = this.#containerNamed(name);
      await this.#conclude(container, monitored.startedAt, await monitored.wait(), {});
      this.#state.close(name);
    }
  }

  /** Resolves when nothing of ended containers is left but their logs. */
  async released(): Promise<void> {
    await Promise.all(this.#released);
  }

  async #conclude(
    container: Container,
    startedAt: Date,
    exit: ContainerExit,
    { conclude }: RunOptions,
  ): Promise<ContainerStateTerminated> {
    const ended = conclude
      ? await conclude(startedAt, exit)
      : await terminatedState(this.#environment, container, startedAt, exit);
    const isDismissed = this.#dismissed.has(container.name);
    return await this.finish(container, isDismissed ? { ...ended, exitCode: 0, reason: 'Completed' } : ended);
  }

  async #stopAll(graceSeconds: number, names: readonly string[], signal?: AbortSignal): Promise<void> {
    const chosen = names.flatMap((name) => this.#running.get(name) ?? []);
    for (const name of names) this.#stopping.add(name);
    await Promise.all(chosen.map((container) => stopContainer(container, graceSeconds, signal)));
  }

  #wantsRestart(container: Container, { exitCode }: ContainerStateTerminated): boolean {
    const wasUnhealthy = this.#unhealthy.delete(container.name);
    if (this.#stopping.has(container.name)) return false;
    const { initContainers = [], restartPolicy = 'Always' } = this.#environment.pod.spec;
    if (container.restartPolicy === 'Always') return true;
    if (wasUnhealthy) return restartPolicy !== 'Never';
    const isInit = initContainers.includes(container);
    return (restartPolicy === 'Always' && !isInit) || (restartPolicy !== 'Never' && exitCode !== 0);
  }

  async #waitForRestart(container: Container): Promise<void> {
    const { runner, progress, pod } = this.#environment;
    const delay = backoffDelay(progress.container(container.name).restarts, RESTART_BACKOFF);
    await progress.restart(container.name);
    this.#state.closeRun(container.name);
    const message = `back-off ${Math.round(delay / 1000)}s restarting failed container=${container.name}`;
    runner.events.warning(pod, 'BackOff', message, container.name);
    this.#state.set(container.name, { waiting: { reason: 'CrashLoopBackOff', message } });
    await runner.clock.sleep(delay, this.#signal);
  }

  async #release(name: string, monitored: MonitoredContainer | undefined): Promise<void> {
    const { sandbox, runner } = this.#environment;
    try {
      await monitored?.remove();
      await unmountRoot(sandbox, name);
    } catch (error) {
      runner.logger.warn('a container was not cleaned up', { container: name, error: String(error) });
    }
  }

  #containerNamed(name: string): Container {
    const { initContainers = [], containers } = this.#environment.pod.spec;
    return [...initContainers, ...containers].find((each) => each.name === name)!;
  }
}

/** SIGTERM, and SIGKILL when the grace period is over; rejects when the signal aborts before. */
async function stopContainer(
  container: MonitoredContainer,
  graceSeconds: number,
  signal?: AbortSignal,
): Promise<void> {
  if (graceSeconds > 0) {
    await container.kill('SIGTERM');
    const patience = AbortSignal.timeout(graceSeconds * 1000);
    const either = signal ? AbortSignal.any([patience, signal]) : patience;
    const ended = await container.wait(either).catch(() => undefined);
    signal?.throwIfAborted();
    if (ended) return;
  }
  await container.kill('SIGKILL');
  await container.wait();
}

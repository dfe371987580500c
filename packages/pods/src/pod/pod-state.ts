import { type Container, type ContainerState, formatTime, type Pod, type PodStatus } from '@slipway/kube';
import type { RunnerContext } from '../runner-options.ts';
import type { PodProgress } from '../sandbox/progress.ts';
import { type ContainerHealth, HEALTHY, podStatus } from '../status/pod-status.ts';
import { StatusWriter } from '../status/status-writer.ts';

/** The states of a pod's containers as they are now, and the status that follows from them, written on each change. */
export class PodState {
  readonly #runner: RunnerContext;
  readonly #pod: Pod;
  readonly #progress: PodProgress;
  readonly #writer: StatusWriter;
  readonly #states = new Map<string, ContainerState>();
  readonly #health = new Map<string, ContainerHealth>();
  readonly #ended = new Map<string, PromiseWithResolvers<void>>();
  #verdict: { reason: string; message: string } | undefined;
  #previous: PodStatus | undefined;

  constructor(runner: RunnerContext, pod: Pod, progress: PodProgress) {
    this.#runner = runner;
    this.#pod = pod;
    this.#progress = progress;
    this.#previous = pod.status;
    this.#writer = new StatusWriter(runner.client, pod, runner.logger);
    const hasInit = (pod.spec.initContainers ?? []).length > 0;
    for (const { name } of allContainers(pod)) {
      const { ended } = progress.container(name);
      const isInit = pod.spec.initContainers?.[0]?.name === name;
      const reason = hasInit && !isInit ? 'PodInitializing' : 'ContainerCreating';
      this.#states.set(name, ended ? { terminated: ended } : { waiting: { reason } });
    }
  }

  get(name: string): ContainerState {
    return this.#states.get(name) ?? {};
  }

  set(name: string, state: ContainerState): void {
    this.#states.set(name, state);
    this.publish();
  }

  /** Puts several containers into a state with one write. */
  setAll(containers: readonly Container[], state: (container: Container) => ContainerState): void {
    for (const container of containers) this.#states.set(container.name, state(container));
    this.publish();
  }

  setRunning(name: string, startedAt: Date, health: ContainerHealth): void {
    this.#health.set(name, health);
    this.set(name, { running: { startedAt: formatTime(startedAt) } });
  }

  /** What the probes of a container that runs have found. */
  setHealth(name: string, health: ContainerHealth): void {
    this.#health.set(name, health);
    this.publish();
  }

  /** Fails the pod as a whole. */
  fail(reason: string, message: string): void {
    this.#verdict = { reason, message };
    this.publish();
  }

  /** The container runs no more and will not run again: who follows its log gets the rest and the end. */
  close(name: string): void {
    this.#endOf(name).resolve();
  }

  /** This run is over, but another one comes, with a log of its own. */
  closeRun(name: string): void {
    this.close(name);
    this.#ended.delete(name);
  }

  closed(name: string): Promise<void> {
    return this.#endOf(name).promise;
  }

  publish(): void {
    const status = podStatus({
      pod: this.#pod,
      states: this.#states,
      health: (name) => this.#health.get(name) ?? HEALTHY,
      progress: (name) => this.#progress.container(name),
      startTime: this.#progress.startTime,
      address: this.#runner.address,
      now: this.#runner.clock.now(),
      verdict: this.#verdict,
      previous: this.#previous,
    });
    this.#previous = status;
    this.#writer.set(status);
  }

  async flush(): Promise<void> {
    await this.#writer.flush();
  }

  #endOf(name: string): PromiseWithResolvers<void> {
    const end = this.#ended.get(name) ?? Promise.withResolvers<void>();
    this.#ended.set(name, end);
    return end;
  }
}

/** Init containers, then the others, in the order of the spec. */
export function allContainers(pod: Pod): Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
}

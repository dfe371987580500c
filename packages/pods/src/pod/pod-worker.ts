import { removeCgroup } from '@slipway/containers';
import type { Container, Pod } from '@slipway/kube';
import { isStatus, resources } from '@slipway/kube';
import type { RunnerContext } from '../runner-options.ts';
import { PodProgress } from '../sandbox/progress.ts';
import { Sandbox } from '../sandbox/sandbox.ts';
import { prepareVolume } from '../volumes/prepare-volumes.ts';
import { ContainerRunner } from './container-runner.ts';
import type { PodEnvironment } from './pod-environment.ts';
import { PodFailure } from './pod-failure.ts';
import { allContainers, PodState } from './pod-state.ts';
import { preparePod } from './prepare-pod.ts';
import { startProblem } from './problem.ts';
import { runSteps } from './step-sequence.ts';
import { StopOrder } from './stop-order.ts';
import { warnAboutLimits } from './warn-about-limits.ts';

/** Timers cannot be longer: some 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const TOKEN_RETRY_MS = 60_000;

/** Makes one pod real, from its first event to its end. */
export class PodWorker {
  readonly pod: Pod;
  readonly #runner: RunnerContext;
  readonly #sandbox: Sandbox;
  readonly #abort = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  #state: PodState | undefined;
  #containers: ContainerRunner | undefined;
  #running: Promise<void> | undefined;
  #removal: Promise<void> | undefined;
  #graceSeconds = Number.POSITIVE_INFINITY;

  constructor(runner: RunnerContext, pod: Pod) {
    this.#runner = runner;
    this.pod = pod;
    this.#sandbox = new Sandbox(runner.stateDir, pod);
  }

  /** Starts the work, or goes on with what an earlier process of ours began. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Stops the pod; a second order with a shorter grace period hurries the first. */
  async stop(order: StopOrder): Promise<void> {
    if (this.#abort.signal.aborted) await this.#containers?.stop(order.graceSeconds);
    else this.#abort.abort(order);
    await this.#running;
  }

  /** Stops the pod, removes all of it, and lets the API server forget the object. */
  async remove(graceSeconds: number): Promise<void> {
    if (this.#removal === undefined || graceSeconds < this.#graceSeconds) {
      this.#graceSeconds = graceSeconds;
      const stopped = this.stop(new StopOrder('deleted', graceSeconds));
      this.#removal ??= stopped.then(() => this.#removeAll());
    }
    await this.#removal;
  }

  /** Resolves when this container's log is complete. */
  async ended(container: string): Promise<void> {
    await Promise.race([this.#running, ...(this.#state ? [this.#state.closed(container)] : [])]);
  }

  async #removeAll(): Promise<void> {
    const { monitor, client } = this.#runner;
    const { name, namespace, uid = '' } = this.pod.metadata;
    // Nobody here knows those that an earlier process started, when the pod was deleted in between.
    const own = (await monitor.list()).filter((id) => id.startsWith(`${uid}_`));
    for (const id of own) await (await monitor.attach(id))?.remove();
    await this.#sandbox.remove();
    await removeCgroup(`/slipway/${uid}`);
    const options = { namespace, gracePeriodSeconds: 0, preconditions: { uid } };
    await client.delete(resources.pods, name, options).catch((error: unknown) => {
      if (!isStatus(error, 'NotFound', 'Conflict')) throw error;
    });
  }

  async #run(): Promise<void> {
    const { logger, events } = this.#runner;
    const report = (what: string) => (error: unknown) =>
      logger.error(what, { pod: this.pod.metadata.name, error: String(error) });
    await this.#work()
      .catch((error: unknown) => this.#end(error))
      .catch(report('a pod could not be stopped'));
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#state?.flush().catch(report('the last status of a pod is lost'));
    await this.#containers?.released();
    await removeCgroup(`/slipway/${this.pod.metadata.uid}`);
    await events.flush();
  }

  async #end(error: unknown): Promise<void> {
    const order = this.#abort.signal.aborted ? this.#abort.signal.reason : undefined;
    if (order instanceof StopOrder) await this.#obey(order);
    else await this.#fail(error);
  }

  async #work(): Promise<void> {
    const { signal } = this.#abort;
    const [progress] = await Promise.all([this.#openProgress(), this.#bind()]);
    const state = new PodState(this.#runner, this.pod, progress);
    this.#state = state;
    this.#watchDeadline(progress.startTime);
    state.publish();
    const parts = { runner: this.#runner, pod: this.pod, sandbox: this.#sandbox, progress, state, signal };
    const environment = await preparePod(parts);
    const containers = new ContainerRunner(environment, state, signal);
    this.#containers = containers;
    warnAboutLimits(this.#runner, this.pod);
    this.#renewTokens(environment);
    if (!(await this.#runInitContainers(containers))) return;
    await this.#runContainers(environment, containers, state);
  }

  /** Whether the containers may start. */
  async #runInitContainers(containers: ContainerRunner): Promise<boolean> {
    for (const container of this.pod.spec.initContainers ?? []) {
      if (container.restartPolicy === 'Always') await this.#startInBackground(containers, container);
      else if ((await containers.runToEnd(container)).exitCode !== 0) return false;
    }
    return true;
  }

  /** An init container that restarts always is a sidecar: the next one starts when it has started up. */
  async #startInBackground(containers: ContainerRunner, container: Container): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = containers.runToEnd(container, { onStartup: () => resolve() });
    run.catch(() => {}); // a stop of the pod, which the others see too
    await Promise.race([promise, run]);
  }

  async #runContainers(
    environment: PodEnvironment,
    containers: ContainerRunner,
    state: PodState,
  ): Promise<void> {
    const { terminationGracePeriodSeconds = 30, initContainers = [] } = this.pod.spec;
    if (environment.order) await runSteps(environment, environment.order, containers, state);
    else await Promise.all(this.pod.spec.containers.map((each) => containers.runToEnd(each)));
    await containers.dismiss(
      terminationGracePeriodSeconds,
      initContainers.map(({ name }) => name),
    );
  }

  async #obey({ kind, graceSeconds }: StopOrder): Promise<void> {
    if (kind === 'detach') return;
    for (const { name } of allContainers(this.pod)) {
      if (this.#state?.get(name).running)
        this.#runner.events.normal(this.pod, 'Killing', `Stopping container ${name}`, name);
    }
    await this.#containers?.stopAndRecord(graceSeconds);
    if (kind === 'deadline') {
      this.#state?.fail('DeadlineExceeded', 'Pod was active on the node longer than the specified deadline');
    } else if (kind === 'shutdown') {
      this.#state?.fail('Terminated', 'the control plane that ran this pod was stopped');
    }
    this.#closeLogs();
  }

  async #fail(error: unknown): Promise<void> {
    const { events, logger } = this.#runner;
    const { reason, message } = error instanceof PodFailure ? error : startProblem(error);
    logger.warn('a pod failed', { pod: this.pod.metadata.name, reason, error: String(error) });
    this.#abort.abort(new StopOrder('shutdown', 0));
    await this.#containers?.stopAndRecord(0);
    events.warning(this.pod, reason, message);
    this.#state ??= new PodState(this.#runner, this.pod, await this.#openProgress());
    this.#state.fail(reason, message);
    this.#closeLogs();
  }

  #closeLogs(): void {
    for (const { name } of allContainers(this.pod)) this.#state?.close(name);
  }

  async #openProgress(): Promise<PodProgress> {
    return await PodProgress.open(this.#sandbox.progressFile, this.#runner.clock.now());
  }

  /** This is the only machine there is: it schedules the pod to itself. */
  async #bind(): Promise<void> {
    const { client, nodeName, events } = this.#runner;
    if (this.pod.spec.nodeName) return;
    const { name, namespace, uid } = this.pod.metadata;
    const body = { metadata: { uid }, spec: { nodeName } };
    await client.patch(resources.pods, name, { type: 'merge', body }, { namespace });
    this.pod.spec.nodeName = nodeName;
    events.normal(this.pod, 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`);
  }

  #watchDeadline(startTime: Date): void {
    const { activeDeadlineSeconds, terminationGracePeriodSeconds = 30 } = this.pod.spec;
    if (activeDeadlineSeconds === undefined) return;
    const left = startTime.getTime() + activeDeadlineSeconds * 1000 - this.#runner.clock.now().getTime();
    const stop = (): void => this.#abort.abort(new StopOrder('deadline', terminationGracePeriodSeconds));
    this.#after(left, stop);
  }

  #renewTokens(environment: PodEnvironment): void {
    for (const volume of this.pod.spec.volumes ?? []) {
      const { refreshAt } = environment.volumes.get(volume.name) ?? {};
      if (refreshAt) this.#renewAt(environment, volume, refreshAt);
    }
  }

  #renewAt(environment: PodEnvironment, volume: NonNullable<Pod['spec']['volumes']>[number], at: Date): void {
    const renew = async (): Promise<void> => {
      const next = await prepareVolume(environment, volume).catch((error: unknown) => {
        this.#runner.logger.warn('a token was not renewed', { volume: volume.name, error: String(error) });
        return { refreshAt: new Date(this.#runner.clock.now().getTime() + TOKEN_RETRY_MS) };
      });
      if (next.refreshAt) this.#renewAt(environment, volume, next.refreshAt);
    };
    this.#after(at.getTime() - this.#runner.clock.now().getTime(), () => void renew());
  }

  #after(ms: number, action: () => void): void {
    if (ms > LONGEST_TIMER_MS) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        action();
      },
      Math.max(0, ms),
    );
    this.#timers.add(timer);
  }
}

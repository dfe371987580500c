import { appendFile, writeFile } from 'node:fs/promises';
import type { ContainerExit, MonitoredContainer } from '@slipway/containers';
import {
  type Container,
  type ContainerStateTerminated,
  formatTime,
  type StepOrder,
  type StepsAnnotation,
} from '@slipway/kube';
import { containerMounts } from '../container/container-spec.ts';
import { lastError } from '../container/last-words.ts';
import { terminatedState } from '../container/run-container.ts';
import { formatLogLine } from '../logs/log-line.ts';
import { streamText } from '../logs/read-log.ts';
import { pathOnMachine } from '../steps/step-folders.ts';
import { collectResults, recordExitCode } from '../steps/step-results.ts';
import { stepMessage } from '../steps/termination-message.ts';
import type { ContainerRunner } from './container-runner.ts';
import type { PodEnvironment } from './pod-environment.ts';
import type { PodState } from './pod-state.ts';

/** Nobody needs the sidecars any more, and whoever runs the Task waits for their end. */
const SIDECAR_GRACE_SECONDS = 3;
/** In the words of Tekton's entrypoint. */
const TOO_LARGE =
  'Error while writing message: Termination message is above max allowed size 4096, caused by large task result.';

/**
 * Runs a pod with the steps annotation: its sidecars at once, then the steps one after the other; the ones after a failed
 * step are skipped, and the sidecars are ended when the steps are over. Rejects when the pod is stopped.
 */
export async function runSteps(
  environment: PodEnvironment,
  order: StepsAnnotation,
  runner: ContainerRunner,
  state: PodState,
): Promise<void> {
  const { containers, terminationGracePeriodSeconds = SIDECAR_GRACE_SECONDS } = environment.pod.spec;
  const isStep = new Set(order.steps.map((step) => step.container));
  const sidecars = containers.filter(({ name }) => !isStep.has(name));
  const { runs, started, ready } = startSidecars(runner, sidecars);
  await started;
  showQueued(
    environment,
    state,
    containers.filter(({ name }) => isStep.has(name)),
  );
  const hasBegun = order.steps.some(({ container }) => environment.progress.container(container).startedAt);
  if (!hasBegun) await ready; // a later runner does not keep a step waiting that runs
  let failed = false;
  for (const [index, step] of order.steps.entries()) {
    const container = containers.find(({ name }) => name === step.container)!;
    const sequence = new StepRun(environment, order, step, index, container);
    const ended: ContainerStateTerminated = failed ? await sequence.skip(runner) : await sequence.run(runner);
    state.close(container.name);
    failed ||= ended.exitCode !== 0;
  }
  const names = sidecars.map(({ name }) => name);
  await runner.dismiss(Math.min(terminationGracePeriodSeconds, SIDECAR_GRACE_SECONDS), names);
  await Promise.all(runs);
}

interface Sidecars {
  readonly runs: readonly Promise<ContainerStateTerminated>[];
  /** Resolves when each of them runs, or has ended. */
  readonly started: Promise<unknown>;
  /** Resolves when each of them is ready, or has ended. */
  readonly ready: Promise<unknown>;
}

function startSidecars(runner: ContainerRunner, sidecars: readonly Container[]): Sidecars {
  const each = sidecars.map((sidecar) => {
    const started = Promise.withResolvers<void>();
    const ready = Promise.withResolvers<void>();
    const run = runner.runToEnd(sidecar, {
      onStarted: () => started.resolve(),
      onReady: () => ready.resolve(),
    });
    run.catch(() => {}); // when the pod is stopped, which the steps see too
    return { run, started: Promise.race([started.promise, run]), ready: Promise.race([ready.promise, run]) };
  });
  const ready = Promise.all(each.map((sidecar) => sidecar.ready));
  ready.catch(() => {}); // the same
  const started = Promise.all(each.map((sidecar) => sidecar.started));
  return { runs: each.map(({ run }) => run), started, ready };
}

/** In Tekton all steps' containers run from the start and wait inside; clients see ours the same way. */
function showQueued(environment: PodEnvironment, state: PodState, steps: readonly Container[]): void {
  const waiting = steps.filter(({ name }) => !environment.progress.container(name).ended);
  const startedAt = formatTime(environment.runner.clock.now());
  state.setAll(waiting, () => ({ running: { startedAt } }));
}

/** One step: its run, its end, its message. */
class StepRun {
  readonly #environment: PodEnvironment;
  readonly #order: StepsAnnotation;
  readonly #step: StepOrder;
  readonly #index: number;
  readonly #container: Container;
  #isTimedOut = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    environment: PodEnvironment,
    order: StepsAnnotation,
    step: StepOrder,
    index: number,
    container: Container,
  ) {
    this.#environment = environment;
    this.#order = order;
    this.#step = step;
    this.#index = index;
    this.#container = container;
  }

  async run(runner: ContainerRunner): Promise<ContainerStateTerminated> {
    try {
      return await runner.runOnce(this.#container, {
        onStarted: (container, startedAt) => this.#watchTimeout(container, startedAt),
        conclude: (startedAt, exit) => this.#conclude(startedAt, exit),
      });
    } finally {
      clearTimeout(this.#timer);
    }
  }

  /** As Tekton's entrypoint after a failed step: exit code 1 at once. */
  async skip(runner: ContainerRunner): Promise<ContainerStateTerminated> {
    const { progress, runner: context } = this.#environment;
    const before = progress.container(this.#container.name).ended;
    if (before) return before;
    const now = context.clock.now();
    const time = formatTime(now);
    const message = stepMessage({ startedAt: now, reason: 'Skipped', results: [] })!;
    const ended = { exitCode: 1, reason: 'Error', message, startedAt: time, finishedAt: time };
    return await runner.finish(this.#container, ended);
  }

  #watchTimeout(container: MonitoredContainer, startedAt: Date): void {
    const { timeoutSeconds } = this.#step;
    if (timeoutSeconds === undefined || timeoutSeconds <= 0) return;
    const left = startedAt.getTime() + timeoutSeconds * 1000 - this.#environment.runner.clock.now().getTime();
    this.#timer = setTimeout(
      () => {
        this.#isTimedOut = true;
        void container.kill('SIGKILL');
      },
      Math.max(0, left),
    );
  }

  async #conclude(startedAt: Date, exit: ContainerExit): Promise<ContainerStateTerminated> {
    const { sandbox } = this.#environment;
    await recordExitCode(sandbox, this.#index, exit.exitCode);
    await this.#copyOutput();
    const results = await collectResults(sandbox, this.#order, this.#step, this.#index);
    const continues = this.#step.onError === 'continue' && exit.exitCode !== 0 && !this.#isTimedOut;
    const isFailure = exit.exitCode !== 0 && !continues && !this.#isTimedOut;
    const message = stepMessage({
      startedAt,
      results,
      lastWords: isFailure ? await lastError(this.#environment, this.#container) : undefined,
      exitCode: continues ? exit.exitCode : undefined,
      reason: this.#isTimedOut ? 'TimeoutExceeded' : undefined,
    });
    const { message: _, ...ended } = await terminatedState(
      this.#environment,
      this.#container,
      startedAt,
      exit,
    );
    if (message === undefined) return await this.#tooLarge(ended);
    if (this.#isTimedOut) return { ...ended, exitCode: 1, reason: 'Error', message };
    if (continues) return { ...ended, exitCode: 0, reason: 'Completed', message };
    return { ...ended, message };
  }

  async #tooLarge(ended: ContainerStateTerminated): Promise<ContainerStateTerminated> {
    const { sandbox, progress, runner } = this.#environment;
    const { name } = this.#container;
    const log = sandbox.log(name, progress.container(name).restarts);
    await appendFile(log, formatLogLine(runner.clock.now(), 'stderr', TOO_LARGE));
    return { ...ended, exitCode: ended.exitCode || 1, reason: 'Error', message: '[]' };
  }

  async #copyOutput(): Promise<void> {
    const { sandbox, progress } = this.#environment;
    const { name } = this.#container;
    const log = sandbox.log(name, progress.container(name).restarts);
    for (const stream of ['stdout', 'stderr'] as const) {
      const path = this.#step[stream];
      if (path === undefined) continue;
      const mounts = await containerMounts(this.#environment, this.#container);
      const target = await pathOnMachine(path, mounts, sandbox.container(name, 'rootfs'));
      await writeFile(target, streamText(log, stream));
    }
  }
}

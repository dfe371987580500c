import { appendFile } from 'node:fs/promises';
import type { ContainerExit, MonitoredContainer } from '@slipway/containers';
import { SlipwayError } from '@slipway/core';
import { type Container, type ContainerStateTerminated, formatTime } from '@slipway/kube';
import { formatLogLine } from '../logs/log-line.ts';
import type { PodEnvironment } from '../pod/pod-environment.ts';
import { cannotRunExitCode } from '../pod/problem.ts';
import { withStepResults } from '../steps/step-references.ts';
import { prepareContainer } from './container-spec.ts';
import { terminationMessage } from './last-words.ts';

/** One run of a container that is going on, or that could not begin. */
export type StartedRun =
  | { readonly container: MonitoredContainer; readonly startedAt: Date }
  | { readonly failed: ContainerStateTerminated };

/** What ends a container before it begins, for good. */
const CANNOT_RUN = ['CONTAINER_CANNOT_RUN', 'STEP_RESULT_MISSING'];
const LOST_REASON = 'ContainerStatusUnknown';

const containerId = (environment: PodEnvironment, name: string): string =>
  `${environment.pod.metadata.uid}_${name}_${environment.progress.container(name).restarts}`;

/**
 * Starts the present run of a container, or finds it again when an earlier process of ours started it. Throws
 * ConfigProblem for what its spec lacks.
 */
export async function startContainer(environment: PodEnvironment, container: Container): Promise<StartedRun> {
  const { runner, progress, sandbox, images, pod } = environment;
  const { name } = container;
  const id = containerId(environment, name);
  const found = progress.container(name).startedAt ? await runner.monitor.attach(id) : undefined;
  if (found) return { container: found, startedAt: found.startedAt };
  const image = images.get(name)!;
  const startedAt = runner.clock.now();
  const logPath = sandbox.log(name, progress.container(name).restarts);
  try {
    const complete = await withStepResults(environment, container);
    const { bundle, cgroupsPath } = await prepareContainer(environment, complete, image);
    await progress.update(name, { startedAt: startedAt.toISOString() });
    const started = await runner.monitor.start({ id, bundle, logPath, cgroupsPath });
    runner.events.normal(pod, 'Created', `Created container: ${name}`, name);
    runner.events.normal(pod, 'Started', `Started container ${name}`, name);
    return { container: started, startedAt };
  } catch (error) {
    if (!(error instanceof SlipwayError) || !CANNOT_RUN.includes(error.code)) throw error;
    // Tekton's entrypoint prints it; the kubelet, of an ordinary container, does not.
    if (environment.order) await appendFile(logPath, formatLogLine(startedAt, 'stderr', error.message));
    runner.events.warning(pod, 'Failed', `Error: ${error.message}`, name);
    return { failed: cannotRun(error, startedAt) };
  }
}

function cannotRun(error: SlipwayError, at: Date): ContainerStateTerminated {
  const time = formatTime(at);
  const exitCode = cannotRunExitCode(error);
  return {
    exitCode,
    reason: 'ContainerCannotRun',
    message: error.message,
    startedAt: time,
    finishedAt: time,
  };
}

/** The terminated state of a run, with the container's last words. */
export async function terminatedState(
  environment: PodEnvironment,
  container: Container,
  startedAt: Date,
  exit: ContainerExit,
): Promise<ContainerStateTerminated> {
  const message = await terminationMessage(environment, container, exit.exitCode);
  return {
    exitCode: exit.exitCode,
    reason: reasonOf(exit),
    ...(message ? { message } : {}),
    startedAt: formatTime(startedAt),
    finishedAt: formatTime(exit.finishedAt),
    containerID: `runc://${containerId(environment, container.name)}`,
  };
}

function reasonOf({ exitCode, oomKilled, lost }: ContainerExit): string {
  if (lost) return LOST_REASON;
  if (oomKilled) return 'OOMKilled';
  return exitCode === 0 ? 'Completed' : 'Error';
}

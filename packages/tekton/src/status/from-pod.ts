import {
  type ContainerState,
  type ContainerStatus,
  formatTime,
  type Pod,
  type SidecarState,
  type StepState,
  type TaskResult,
  type TaskRun,
  type TaskRunResult,
  type TaskRunStatus,
  type TaskSpec,
} from '@slipway/kube';
import { markFailed, markOngoing, markSucceeded } from '../conditions.ts';
import { names, type TektonConfig } from '../config.ts';
import { withResourceResults } from '../pipeline-resources/results.ts';
import { stepContainerName } from '../pod/names.ts';
import { failureOf } from './failure.ts';
import {
  didFail,
  isComplete,
  isSidecarContainer,
  isStepContainer,
  orderedStatuses,
  progressOf,
} from './pod-state.ts';
import { fromStepResults, lastOfEach, mismatchOf, readResults } from './results.ts';
import { internalValue, parseTerminationMessage, visibleMessage } from './termination-message.ts';

interface Read {
  readonly steps: StepState[];
  readonly results: TaskRunResult[];
  /** A step whose message is longer than allowed. */
  readonly oversized: string | undefined;
}

/** The status of a TaskRun that follows from its Pod; the Task's spec says which results and types to expect. */
export function statusFromPod(
  taskRun: TaskRun,
  pod: Pod,
  spec: TaskSpec,
  config: TektonConfig,
  now: Date,
): TaskRunStatus {
  const over = isComplete(pod);
  const read = readSteps(pod, spec, over, config);
  const sidecars = orderedStatuses(pod)
    .filter(({ name }) => isSidecarContainer(name))
    .map(sidecarState);
  const status: TaskRunStatus = {
    ...taskRun.status,
    podName: pod.metadata.name,
    ...(read.steps.length > 0 ? { steps: read.steps } : {}),
    ...(sidecars.length > 0 ? { sidecars } : {}),
  };
  if (!over) {
    const { reason, message } = progressOf(pod);
    return markOngoing(status, reason, message, now);
  }
  return concluded(taskRun, pod, spec, config, now, status, read);
}

function concluded(
  taskRun: TaskRun,
  pod: Pod,
  spec: TaskSpec,
  config: TektonConfig,
  now: Date,
  status: TaskRunStatus,
  read: Read,
): TaskRunStatus {
  const declared = spec.results ?? [];
  const mismatch = mismatchOf(read.results, declared);
  const types = new Map(declared.map((result) => [result.name, result.type ?? 'string']));
  const fitting = read.results.filter(({ name, type }) => !types.has(name) || types.get(name) === type);
  const withResults = fitting.length > 0 ? { ...status, results: fitting } : status;
  if (didFail(pod)) {
    const { reason, message } = failureOf(pod, config);
    const ignored = taskRun.metadata.annotations?.[names.onErrorAnnotation] === 'continue';
    return markFailed(withResults, ignored ? 'FailureIgnored' : reason, message, now);
  }
  if (read.oversized !== undefined) {
    const message = `[User error] TaskRun "${taskRun.metadata.name}" failed: the results of ${read.oversized} exceed the size limit of ${config.maxResultSize} bytes`;
    return markFailed(withResults, 'TaskRunResultLargerThanAllowedLimit', message, now);
  }
  if (mismatch) return markFailed(withResults, 'TaskRunValidationFailed', `[User error] ${mismatch}`, now);
  return markSucceeded(withResourceResults(withResults, pod), now);
}

function readSteps(pod: Pod, spec: TaskSpec, over: boolean, config: TektonConfig): Read {
  const declared = spec.results ?? [];
  const stepResults = new Map(
    (spec.steps ?? []).map((step, index) => [stepContainerName(step.name, index), step.results ?? []]),
  );
  const steps: StepState[] = [];
  const results: TaskRunResult[] = [];
  let oversized: string | undefined;
  for (const status of orderedStatuses(pod).filter(({ name }) => isStepContainer(name))) {
    const own = stepResults.get(status.name) ?? [];
    const { state, taskResults } = readStep(status, own, declared, over);
    const message = state.terminated?.message ?? '';
    if (Buffer.byteLength(message) > config.maxResultSize) oversized ??= `"${status.name}"`;
    steps.push(state);
    results.push(...taskResults);
  }
  return { steps, results: lastOfEach(results), oversized };
}

function readStep(
  status: ContainerStatus,
  own: readonly TaskResult[],
  declared: readonly TaskResult[],
  over: boolean,
): { state: StepState; taskResults: TaskRunResult[] } {
  const name = status.name.replace(/^step-/, '');
  const identity = { container: status.name, name, ...(status.imageID ? { imageID: status.imageID } : {}) };
  const ended = status.state?.terminated;
  if (!ended) return { state: { ...identity, ...definedState(status.state) }, taskResults: [] };
  const entries = parseTerminationMessage(ended.message);
  if (entries === undefined) {
    const terminationReason = ended.reason ?? 'Error';
    return { state: { ...identity, terminated: ended, terminationReason }, taskResults: [] };
  }
  const { message: _, ...bare } = ended;
  const message = visibleMessage(entries);
  const startedAt = internalValue(entries, 'StartedAt');
  const exitCode = internalValue(entries, 'ExitCode');
  const continued = exitCode !== undefined && Number(exitCode) !== ended.exitCode;
  const reason = internalValue(entries, 'Reason') ?? (continued ? 'Continued' : ended.reason);
  const results = over ? readResults(entries, 'step', own) : [];
  const state: StepState = {
    ...identity,
    terminated: {
      ...bare,
      ...(message ? { message } : {}),
      ...(startedAt ? { startedAt: formatTime(new Date(startedAt)) } : {}),
      ...(exitCode !== undefined ? { exitCode: Number(exitCode) } : {}),
    },
    ...(reason ? { terminationReason: reason } : {}),
    ...(results.length > 0 ? { results } : {}),
  };
  const taskResults = over ? readResults(entries, 'task', declared) : [];
  return { state, taskResults: [...taskResults, ...fromStepResults(name, results, declared)] };
}

function definedState(state: ContainerState | undefined): ContainerState {
  if (state?.running) return { running: state.running };
  return { waiting: state?.waiting ?? { reason: 'PodInitializing' } };
}

function sidecarState(status: ContainerStatus): SidecarState {
  const { name, imageID, state } = status;
  const ended = state?.terminated;
  return {
    container: name,
    name: name.replace(/^sidecar-/, ''),
    ...(imageID ? { imageID } : {}),
    ...(ended ? { terminated: ended } : definedState(state)),
  };
}

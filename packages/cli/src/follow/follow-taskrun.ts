import { setTimeout as sleep } from 'node:timers/promises';
import { type ContainerStatus, type HttpKubeClient, type Pod, resources, type TaskRun } from '@slipway/kube';
import { Observed } from './observed.ts';
import { isDone, outcomeOf, type Run, type RunOutcome } from './outcome.ts';
import type { RunView } from './run-view.ts';

/** After this long a wait is worth a word. */
const PATIENCE_MS = 2000;

/** Streams the logs of a TaskRun's steps to `view`, in the order of the steps, until the TaskRun is done. */
export async function followTaskRun(
  client: HttpKubeClient,
  { name, namespace = 'default' }: { readonly name: string; readonly namespace?: string },
  view: RunView,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const run = new Observed<TaskRun>(client, resources.taskruns, namespace, name, both);
  let logs: Promise<unknown> = Promise.resolve();
  let followed: string | undefined;
  try {
    for (;;) {
      // Each try of a run has a pod of its own.
      const state = await run.until((now) => (now.status?.podName ?? followed) !== followed || isDone(now));
      const pod = state.status?.podName;
      if (pod !== undefined && pod !== followed) {
        followed = pod;
        logs = logs.then(() => followPod(client, namespace, pod, view, both)).catch((error) => error);
      }
      if (!isDone(state)) continue;
      await Promise.race([logs, deadline(5000)]);
      return outcomeOf(state);
    }
  } finally {
    stop.abort();
  }
}

/** Resolves when a run is done, whatever its pods do. */
export async function untilDone(client: HttpKubeClient, run: Run, signal: AbortSignal): Promise<void> {
  const { name = '', namespace = 'default' } = run.metadata;
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const type = run.kind === 'TaskRun' ? resources.taskruns : resources.pipelineruns;
  const observed = new Observed<Run>(client, type, namespace, name, both);
  await observed.until(isDone).finally(() => stop.abort());
}

/** A pod whose TaskRun is done has written all it will; this bounds the wait for a stream that hangs. */
function deadline(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

async function followPod(
  client: HttpKubeClient,
  namespace: string,
  name: string,
  view: RunView,
  signal: AbortSignal,
): Promise<void> {
  const pod = new Observed<Pod>(client, resources.pods, namespace, name, signal);
  const { spec } = await pod.until(() => true);
  tellUnready(pod, view, signal).catch(() => {}); // the pod is over, or nobody listens any more
  for (const { name: container, image } of spec?.containers ?? []) {
    if (!container.startsWith('step-')) continue;
    await followStep({ client, namespace, name, container, image: image ?? '', pod, view, signal });
  }
}

/** Says for which sidecars the steps wait, where they wait for more than a moment. */
async function tellUnready(pod: Observed<Pod>, view: RunView, signal: AbortSignal): Promise<void> {
  const sidecars = (state: Pod): ContainerStatus[] =>
    (state.status?.containerStatuses ?? []).filter(({ name }) => name.startsWith('sidecar-'));
  await pod.until((state) => sidecars(state).some((status) => status.state?.running));
  await sleep(PATIENCE_MS, undefined, { signal, ref: false });
  for (const { name, state, ready } of sidecars(pod.latest!)) {
    if (state?.running && !ready) view.note(name, 'not ready yet: the steps wait for its readinessProbe');
  }
}

interface StepToFollow {
  readonly client: HttpKubeClient;
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  readonly image: string;
  readonly pod: Observed<Pod>;
  readonly view: RunView;
  readonly signal: AbortSignal;
}

async function followStep(step: StepToFollow): Promise<void> {
  const { client, namespace, name, container, pod, view, signal } = step;
  const label = container.replace(/^step-/, '');
  const waiting = setTimeout(() => view.note(label, `waiting for image ${step.image}`), PATIENCE_MS);
  const status = await pod
    .until((state) => containerState(state, container) !== 'waiting' || isFinished(state))
    .finally(() => clearTimeout(waiting));
  if (containerState(status, container) === 'waiting') return; // the pod ended before this step began
  // The API's times have whole seconds: a step that is seen to start is timed here.
  const seenAt = containerState(status, container) === 'running' ? performance.now() : undefined;
  view.stepStarted(label);
  for await (const chunk of client.readLogs(namespace, name, { container, follow: true, signal })) {
    view.stepOutput(label, chunk);
  }
  const ended = await pod.until((state) => containerState(state, container) === 'terminated');
  const terminated = statusOf(ended, container)?.state?.terminated;
  const durationMs =
    seenAt === undefined
      ? Date.parse(terminated?.finishedAt ?? '') - Date.parse(terminated?.startedAt ?? '')
      : Math.round(performance.now() - seenAt);
  if (wasSkipped(terminated?.message)) return view.note(label, 'skipped, because an earlier step failed');
  view.stepEnded(label, {
    exitCode: terminated?.exitCode ?? 0,
    reason: terminated?.reason ?? '',
    durationMs,
  });
}

/** Tekton's entrypoint says so in the termination message, a JSON array. */
const wasSkipped = (message = ''): boolean => message.includes('"value":"Skipped"');

const statusOf = (pod: Pod, container: string): ContainerStatus | undefined =>
  pod.status?.containerStatuses?.find((status) => status.name === container);

function containerState(pod: Pod, container: string): 'waiting' | 'running' | 'terminated' {
  const state = statusOf(pod, container)?.state;
  if (state?.terminated) return 'terminated';
  return state?.running ? 'running' : 'waiting';
}

const isFinished = (pod: Pod): boolean => ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '');

import { isDeepStrictEqual } from 'node:util';
import { type Clock, formatDuration, SlipwayError } from '@slipway/core';
import {
  formatTime,
  type KubeClient,
  objectKey,
  type Pod,
  type Reconciled,
  resources,
  StatusError,
  type TaskRun,
  type TaskRunStatus,
  type TaskSpec,
} from '@slipway/kube';
import { isDone, markFailed, markOngoing, succeededOf } from '../conditions.ts';
import { names, type TektonConfig } from '../config.ts';
import { bindResources } from '../pipeline-resources/bind.ts';
import { sendCloudEvents, withCloudEvents } from '../pipeline-resources/cloud-events.ts';
import { hasResources } from '../pipeline-resources/declared.ts';
import { runResources } from '../pipeline-resources/run-resources.ts';
import { hopelessWait } from '../status/failure.ts';
import { statusFromPod } from '../status/from-pod.ts';
import { isComplete } from '../status/pod-state.ts';
import { RESOURCES_ANNOTATION } from '../versions/annotations.ts';
import { without } from '../without.ts';
import type { EventRecorder } from './events.ts';
import { type PreparedResources, prepareTask } from './prepare.ts';
import { type ResolvedTask, resolveTask } from './resolve.ts';
import { RunFailure } from './run-failure.ts';
import type { RunPods } from './run-pods.ts';
import { retriedStatus, stoppedStatus, withPreviousCondition } from './stop.ts';
import { remainingMs, timeoutMs } from './timeout.ts';
import { validateRun } from './validate-run.ts';
import { WrittenRuns } from './written-runs.ts';

interface ReconcilerOptions {
  readonly client: KubeClient;
  readonly config: TektonConfig;
  readonly clock: Clock;
  readonly pods: RunPods;
  readonly events: EventRecorder;
}

/** What a look at a run leads to. */
interface Outcome {
  readonly status: TaskRunStatus;
  /** The Task that was resolved in this look; its labels and annotations pass to the run. */
  readonly task?: ResolvedTask;
}

/** Longest time between looks at a run that has a timeout; timers beyond 24 days overflow. */
const MAX_REQUEUE_MS = 24 * 3_600_000;

/**
 * Makes TaskRuns true: one look at a run moves it as far as it can go now. All state is in the API, so that a
 * restart continues where it was, and a second look changes nothing.
 */
export class TaskRunReconciler {
  readonly #options: ReconcilerOptions;
  readonly #written = new WrittenRuns<TaskRun>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  async reconcile(key: string, cached: TaskRun | undefined): Promise<Reconciled | undefined> {
    if (!cached) {
      this.#written.forget(key);
      return undefined;
    }
    const taskRun = this.#written.freshest(key, cached);
    if (taskRun.metadata.deletionTimestamp || isForeign(taskRun)) return undefined;
    if (isDone(taskRun)) return this.#settle(taskRun);
    const started = { ...taskRun, status: this.#started(taskRun) };
    const outcome = await this.#advance(started);
    await this.#save(taskRun, { ...outcome, status: this.#retried(taskRun, outcome.status) });
    return this.#nextLook({ ...taskRun, status: outcome.status });
  }

  /** Events tell of the run's end. Sidecars outlive it by a moment; how they ended is written when it is known. */
  async #settle(taskRun: TaskRun): Promise<undefined> {
    const { config, clock, pods } = this.#options;
    const { status = {} } = taskRun;
    const told = await sendCloudEvents(taskRun, clock);
    const isWaiting = status.sidecars?.some(({ terminated }) => !terminated);
    const pod = isWaiting ? await pods.find(taskRun) : undefined;
    const seen = pod && statusFromPod(taskRun, pod, status.taskSpec ?? {}, config, clock.now()).sidecars;
    if (!told && !seen) return;
    await this.#save(taskRun, { status: { ...(told ?? status), ...(seen ? { sidecars: seen } : {}) } });
  }

  #started(taskRun: TaskRun): TaskRunStatus {
    const status = taskRun.status ?? {};
    if (status.startTime || isPending(taskRun)) return status;
    const now = this.#options.clock.now();
    return { ...markOngoing(status, 'Started', '', now), startTime: formatTime(now) };
  }

  async #advance(taskRun: TaskRun): Promise<Outcome> {
    const { config, clock } = this.#options;
    const { name } = taskRun.metadata;
    if (taskRun.spec.status === 'TaskRunCancelled') {
      const message = `TaskRun "${name}" was cancelled. ${taskRun.spec.statusMessage ?? ''}`;
      return this.#stop(taskRun, 'TaskRunCancelled', message);
    }
    if (isPending(taskRun)) {
      const message = `TaskRun "${name}" is pending`;
      return { status: markOngoing(taskRun.status ?? {}, 'TaskRunPending', message, clock.now()) };
    }
    if (remainingMs(taskRun, config, clock.now()) === 0 && !(await this.#isOver(taskRun))) {
      const limit = formatDuration(timeoutMs(taskRun, config));
      return this.#stop(taskRun, 'TaskRunTimeout', `TaskRun "${name}" failed to finish within "${limit}"`);
    }
    try {
      return await this.#follow(taskRun);
    } catch (error) {
      const { reason, message } = failureOfRun(error);
      return { status: markFailed(taskRun.status ?? {}, reason, message, clock.now()) };
    }
  }

  /** A run whose steps ended while nobody looked has its own result, whatever the time is now. */
  async #isOver(taskRun: TaskRun): Promise<boolean> {
    const pod = await this.#options.pods.find(taskRun);
    return pod !== undefined && isComplete(pod);
  }

  /** Ends the run as asked from outside: the Pod goes, and its logs with it. */
  async #stop(taskRun: TaskRun, reason: string, message: string): Promise<Outcome> {
    const { config, clock, pods } = this.#options;
    const now = clock.now();
    const pod = await pods.find(taskRun);
    const spec = taskRun.status?.taskSpec ?? {};
    const { steps } = pod ? statusFromPod(taskRun, pod, spec, config, now) : {};
    const last = { ...taskRun, status: { ...taskRun.status, ...(steps ? { steps } : {}) } };
    await pods.remove(taskRun);
    const full = withPreviousCondition(message, succeededOf(taskRun));
    return { status: stoppedStatus(last, reason, full, now) };
  }

  async #follow(taskRun: TaskRun): Promise<Outcome> {
    const known = await this.#options.pods.find(taskRun);
    const spec = taskRun.status?.taskSpec;
    if (known && spec) return this.#observe(taskRun, known, spec);
    const task = await resolveTask(this.#options.client, taskRun);
    validateRun(taskRun, task);
    const resources = await this.#resources(taskRun, task);
    const prepared = prepareTask(taskRun, task, resources);
    const told = resources ? withCloudEvents(taskRun.status ?? {}, resources.bound) : taskRun.status;
    const pod = known ?? (await this.#options.pods.create(taskRun, prepared));
    const status: TaskRunStatus = {
      ...told,
      taskSpec: prepared.spec,
      provenance: {
        featureFlags: { enableAPIFields: 'beta', resultExtractionMethod: 'termination-message' },
      },
    };
    const outcome = await this.#observe({ ...taskRun, status }, pod, prepared.spec);
    return { ...outcome, task };
  }

  async #resources(taskRun: TaskRun, task: ResolvedTask): Promise<PreparedResources | undefined> {
    const { client, config } = this.#options;
    if (!hasResources(taskRun, task)) return undefined;
    const bound = await bindResources(client, taskRun, task);
    return { bound, additions: runResources(taskRun, bound, config.resourceImage) };
  }

  async #observe(taskRun: TaskRun, pod: Pod, spec: TaskSpec): Promise<Outcome> {
    const { config, clock } = this.#options;
    const now = clock.now();
    const status = statusFromPod(taskRun, pod, spec, config, now);
    if (status.completionTime) return { status };
    const hopeless = hopelessWait(pod, taskRun.metadata.name, config, now);
    if (!hopeless) return { status };
    const stopped = { ...taskRun, status };
    await this.#options.pods.remove(stopped);
    return { status: stoppedStatus(stopped, hopeless.reason, hopeless.message, now) };
  }

  #retried(taskRun: TaskRun, status: TaskRunStatus): TaskRunStatus {
    const condition = succeededOf({ ...taskRun, status });
    const used = status.retriesStatus?.length ?? 0;
    const mayRetry = condition?.status === 'False' && used < (taskRun.spec.retries ?? 0);
    if (!mayRetry || taskRun.spec.status === 'TaskRunCancelled') return status;
    return retriedStatus(status, condition.message ?? '', this.#options.clock.now());
  }

  async #save(before: TaskRun, { status, task }: Outcome): Promise<void> {
    const { client } = this.#options;
    const key = objectKey(before);
    let current = before;
    const metadata = task && inheritedMetadata(before, task);
    if (metadata) {
      current = await client.update<TaskRun>(resources.taskruns, { ...before, metadata });
      this.#written.remember(key, before, current);
    }
    if (isDeepStrictEqual(before.status, status)) return;
    const next = { ...current, status };
    const written = await client.update<TaskRun>(resources.taskruns, next, { subresource: 'status' });
    this.#written.remember(key, current, written);
    this.#options.events.recordChange(before, written);
  }

  #nextLook(taskRun: TaskRun): Reconciled | undefined {
    if (isDone(taskRun)) return undefined;
    const remaining = remainingMs(taskRun, this.#options.config, this.#options.clock.now());
    return remaining === undefined ? undefined : { requeueAfterMs: Math.min(remaining + 1, MAX_REQUEUE_MS) };
  }
}

/** What ends a run; any other failure is thrown, for another try. */
function failureOfRun(error: unknown): { reason: string; message: string } {
  if (error instanceof RunFailure) return error;
  const isInput =
    error instanceof SlipwayError && error.kind === 'invalid' && !(error instanceof StatusError);
  if (!isInput) throw error;
  return { reason: 'TaskRunValidationFailed', message: `[User error] ${error.message}` };
}

const isPending = (taskRun: TaskRun): boolean => taskRun.spec.status === 'TaskRunPending';

/** Another controller has the run (Kueue and the like). */
function isForeign({ spec }: TaskRun): boolean {
  return spec.managedBy !== undefined && spec.managedBy !== 'tekton.dev/pipeline';
}

/** The run's metadata with what it gets from its Task; undefined when it has all of it. */
function inheritedMetadata(taskRun: TaskRun, task: ResolvedTask): TaskRun['metadata'] | undefined {
  // What the Task declares would read as what the run gives.
  const inherited = without(task.annotations, names.lastAppliedAnnotation, RESOURCES_ANNOTATION);
  const { labels = {}, annotations = {} } = taskRun.metadata;
  const taskLabel = task.name === '' ? {} : { [names.taskLabel]: task.name };
  const merged = {
    labels: { ...task.labels, ...labels, ...taskLabel },
    annotations: { ...inherited, ...annotations },
  };
  return isDeepStrictEqual(merged, { labels, annotations }) ? undefined : { ...taskRun.metadata, ...merged };
}

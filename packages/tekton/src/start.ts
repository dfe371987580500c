import { type Clock, type Logger, silentLogger, systemClock } from '@slipway/core';
import { controller, type KubeClient, ownerKeys, type Pod, resources, type TaskRun } from '@slipway/kube';
import { defaultConfig, names, type TektonConfig } from './config.ts';
import { followPipelineRuns } from './pipelinerun/follow.ts';
import { EventRecorder } from './taskrun/events.ts';
import { TaskRunReconciler } from './taskrun/reconciler.ts';
import { RunPods } from './taskrun/run-pods.ts';

export interface TektonOptions {
  readonly client: KubeClient;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly config?: Partial<TektonConfig> | undefined;
}

export interface Tekton {
  /** Stops looking at runs and waits for what is under way; Pods stay as they are. */
  close(): Promise<void>;
}

/** Runs at once; each mostly waits for the API. */
const CONCURRENCY = 8;

/** Follows the TaskRuns and PipelineRuns of every namespace and makes them true. Resolves when it has seen what there is. */
export async function startTekton(options: TektonOptions): Promise<Tekton> {
  const { client, clock = systemClock, logger = silentLogger } = options;
  const config = { ...defaultConfig, ...options.config };
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const events = new EventRecorder(client, clock, logger);
  const pods = new RunPods({
    client,
    config,
    cached: (namespace, name) => follower.triggers[0]?.get(namespace, name) as Pod | undefined,
    onMissingSecrets: (taskRun, missing) => {
      const message = `Unable to retrieve some secrets (${missing.join(', ')}); attempting to use them may not succeed.`;
      events.record(taskRun, 'Warning', 'FailedToRetrieveSecret', message);
    },
  });
  const reconciler = new TaskRunReconciler({ client, config, clock, pods, events });
  const follower = controller<TaskRun>({
    client,
    type: resources.taskruns,
    reconcile: (key, taskRun) => reconciler.reconcile(key, taskRun),
    resyncOn: [
      { type: resources.pods, labelSelector: names.taskRunLabel, keys: ownerKeys(resources.taskruns) },
    ],
    concurrency: CONCURRENCY,
    signal,
    logger,
    clock,
  });
  const pipelineEvents = new EventRecorder(client, clock, logger, 'pipelinerun-controller');
  const pipelineRuns = followPipelineRuns({
    client,
    config,
    clock,
    logger,
    signal,
    events: pipelineEvents,
    concurrency: CONCURRENCY,
  });
  await Promise.all([follower.ready, pipelineRuns.ready]);
  return {
    async close() {
      stop.abort();
      await Promise.all([follower.idle(), pipelineRuns.idle()]);
      await Promise.all([events.flush(), pipelineEvents.flush()]);
    },
  };
}

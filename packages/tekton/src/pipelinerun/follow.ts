import type { Clock, Logger } from '@slipway/core';
import {
  type Controller,
  controller,
  type KubeClient,
  ownerKeys,
  type PipelineRun,
  resources,
  type TaskRun,
} from '@slipway/kube';
import { names, type TektonConfig } from '../config.ts';
import type { EventRecorder } from '../taskrun/events.ts';
import { Children } from './children.ts';
import { PipelineRunReconciler } from './reconciler.ts';

interface FollowOptions {
  readonly client: KubeClient;
  readonly config: TektonConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly events: EventRecorder;
  readonly concurrency: number;
}

/** Follows the PipelineRuns of every namespace and makes them true, until the signal aborts. */
export function followPipelineRuns(options: FollowOptions): Controller<PipelineRun> {
  const { client, config, clock, events, ...rest } = options;
  const taskRuns = () => follower.triggers[0];
  const children = new Children({
    client,
    cached: (namespace, name) => taskRuns()?.get(namespace, name) as TaskRun | undefined,
    all: () => (taskRuns()?.items() ?? []) as TaskRun[],
  });
  const reconciler = new PipelineRunReconciler({ client, config, clock, children, events });
  const follower: Controller<PipelineRun> = controller<PipelineRun>({
    ...rest,
    client,
    clock,
    type: resources.pipelineruns,
    reconcile: (key, run) => reconciler.reconcile(key, run),
    resyncOn: [
      {
        type: resources.taskruns,
        labelSelector: names.pipelineRunLabel,
        keys: ownerKeys(resources.pipelineruns),
      },
    ],
  });
  return follower;
}

import { isDeepStrictEqual } from 'node:util';
import { type Clock, SlipwayError } from '@slipway/core';
import {
  formatTime,
  type KubeClient,
  objectKey,
  type PipelineRun,
  type PipelineRunStatus,
  type PipelineSpec,
  type Reconciled,
  resources,
  StatusError,
  type TaskRun,
} from '@slipway/kube';
import { isDone, markFailed, markOngoing } from '../conditions.ts';
import type { TektonConfig } from '../config.ts';
import { createClaims } from '../taskrun/claims.ts';
import type { EventRecorder } from '../taskrun/events.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import { WrittenRuns } from '../taskrun/written-runs.ts';
import { buildChecks } from './build-check.ts';
import { buildTaskRuns } from './build-taskrun.ts';
import { withInherited } from './child-metadata.ts';
import type { Children } from './children.ts';
import { planConditions } from './conditions.ts';
import { PipelineFacts } from './facts.ts';
import { preparePipeline } from './prepare.ts';
import { resolvePipeline } from './resolve-pipeline.ts';
import { TaskResolver } from './resolve-tasks.ts';
import { bindPipelineResources } from './resources.ts';
import { pipelineResults } from './results.ts';
import { summarize } from './summary.ts';
import {
  CANCELLED_BY_PIPELINE,
  haveChecksPassed,
  isRunning,
  isScheduled,
  runningChecks,
  type TaskState,
  TIMED_OUT_BY_PIPELINE,
} from './task-state.ts';
import { remainingOf, timeoutsOf } from './timeouts.ts';
import { validateRun, validateSpec, validateTasks } from './validate.ts';

interface ReconcilerOptions {
  readonly client: KubeClient;
  readonly config: TektonConfig;
  readonly clock: Clock;
  readonly children: Children;
  readonly events: EventRecorder;
}

/** The run's Pipeline with everything replaced that is known at its start. */
interface Prepared {
  readonly run: PipelineRun;
  readonly spec: PipelineSpec;
  readonly pipelineName: string;
}

/** What a look at a run leads to. */
interface Outcome {
  readonly status: PipelineRunStatus;
  /** Labels and annotations with those of the Pipeline, from the look that resolved it. */
  readonly metadata?: PipelineRun['metadata'];
}

/** Longest time between looks at a run that has a timeout; timers beyond 24 days overflow. */
const MAX_REQUEUE_MS = 24 * 3_600_000;

/**
 * Makes PipelineRuns true: one look at a run moves it as far as it can go now. All state is in the API: the Pipeline is
 * kept in `status.pipelineSpec`, TaskRuns are found by their names.
 */
export class PipelineRunReconciler {
  readonly #options: ReconcilerOptions;
  readonly #written = new WrittenRuns<PipelineRun>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  async reconcile(key: string, cached: PipelineRun | undefined): Promise<Reconciled | undefined> {
    if (!cached) {
      this.#written.forget(key);
      return undefined;
    }
    const run = this.#written.freshest(key, cached);
    if (run.metadata.deletionTimestamp || isForeign(run) || isDone(run)) return undefined;
    const outcome = await this.#advance({ ...run, status: this.#started(run) });
    await this.#save(run, outcome);
    return this.#nextLook({ ...run, status: outcome.status });
  }

  #started(run: PipelineRun): PipelineRunStatus {
    const status = run.status ?? {};
    if (status.startTime || isPending(run)) return status;
    const now = this.#options.clock.now();
    return { ...markOngoing(status, 'Started', '', now), startTime: formatTime(now) };
  }

  async #advance(run: PipelineRun): Promise<Outcome> {
    const { clock, children } = this.#options;
    const { status = {} } = run;
    const { name } = run.metadata;
    if (run.spec.status === 'Cancelled') {
      await children.cancel(children.ownedBy(run), CANCELLED_BY_PIPELINE);
      return { status: markFailed(status, 'Cancelled', `PipelineRun "${name}" was cancelled`, clock.now()) };
    }
    if (isPending(run)) {
      const message = `PipelineRun "${name}" is pending`;
      return { status: markOngoing(status, 'PipelineRunPending', message, clock.now()) };
    }
    try {
      return await this.#follow(run);
    } catch (error) {
      const { reason, message } = failureOfRun(error);
      await children.cancel(children.ownedBy(run), CANCELLED_BY_PIPELINE);
      return { status: markFailed(status, reason, message, clock.now()) };
    }
  }

  async #follow(run: PipelineRun): Promise<Outcome> {
    const prepared = await this.#prepared(run);
    const find = await this.#options.children.finder(run);
    const before = this.#facts(prepared, find);
    await this.#stop(before);
    const made = await this.#start(prepared, before);
    const after = this.#facts(prepared, (name) => made.get(name) ?? find(name));
    const { metadata } = prepared.run;
    return { metadata, status: this.#conclude(prepared, after) };
  }

  /** At the first look the Pipeline is resolved, checked, and its variables replaced; later it is in the status. */
  async #prepared(run: PipelineRun): Promise<Prepared> {
    const known = run.status?.pipelineSpec;
    const pipelineName = run.spec.pipelineRef?.name ?? run.metadata.name;
    if (known) return { run, spec: known, pipelineName };
    const { client } = this.#options;
    const pipeline = await resolvePipeline(client, run);
    validateRun(run, pipeline);
    const spec = preparePipeline(run, pipeline);
    validateSpec(spec, `Pipeline ${run.metadata.namespace}/${pipeline.name}`);
    await validateTasks(run, spec, new TaskResolver(client, run, pipelineName));
    const bound = await bindPipelineResources(client, run, pipeline);
    const status = await planConditions(client, { ...run, status: bound }, pipeline);
    await createClaims(client, run);
    return { run: { ...run, metadata: withInherited(run, pipeline), status }, spec, pipelineName };
  }

  #facts({ run, spec }: Prepared, find: (name: string) => TaskRun | undefined): PipelineFacts {
    const { config, clock } = this.#options;
    return new PipelineFacts({ run, spec, find, config, now: clock.now() });
  }

  /** Cancels the TaskRuns whose time is over, or that a graceful end does not wait for. */
  async #stop(facts: PipelineFacts): Promise<void> {
    const { children } = this.#options;
    const runsOf = (states: readonly TaskState[]): TaskRun[] => [
      ...states.filter(isRunning).flatMap(({ runs }) => runs),
      ...states.flatMap(runningChecks),
    ];
    if (facts.isGracefullyCancelled) await children.cancel(runsOf(facts.dagStates), CANCELLED_BY_PIPELINE);
    if (facts.hasTimedOut) await children.cancel(runsOf(facts.states), TIMED_OUT_BY_PIPELINE);
    else if (facts.haveTasksTimedOut) await children.cancel(runsOf(facts.dagStates), TIMED_OUT_BY_PIPELINE);
    if (facts.hasFinallyTimedOut) await children.cancel(runsOf(facts.finalStates), TIMED_OUT_BY_PIPELINE);
  }

  /** Makes the TaskRuns of the tasks that can start. */
  async #start({ run, pipelineName }: Prepared, facts: PipelineFacts): Promise<Map<string, TaskRun>> {
    const { client, children, config } = this.#options;
    const resolver = new TaskResolver(client, run, pipelineName);
    const made = new Map<string, TaskRun>();
    const make = async (taskRuns: readonly TaskRun[], there: readonly TaskRun[]): Promise<void> => {
      const known = new Set(there.map(({ metadata }) => metadata.name));
      for (const taskRun of taskRuns) {
        const { name } = taskRun.metadata;
        if (!known.has(name)) made.set(name, await children.create(run, taskRun));
      }
    };
    for (const state of facts.next()) {
      if (!haveChecksPassed(state)) {
        const checks = state.checks.flatMap((check) => check.run ?? []);
        await make(buildChecks({ run, state, facts, config }), checks);
        continue;
      }
      // Only a workspace that nobody bound is a question to the Task.
      const taskSpec = needsTask(state, run) ? await resolver.spec(state.task) : state.task.taskSpec;
      await make(buildTaskRuns({ run, state, facts, taskSpec, config }), state.runs);
    }
    return made;
  }

  #conclude({ run, spec }: Prepared, facts: PipelineFacts): PipelineRunStatus {
    const startsFinally = facts.finalStates.some(isScheduled);
    const provenance = {
      featureFlags: { enableAPIFields: 'beta', resultExtractionMethod: 'termination-message' },
    };
    const status: PipelineRunStatus = {
      ...run.status,
      pipelineSpec: spec,
      provenance,
      ...(startsFinally && { finallyStartTime: run.status?.finallyStartTime ?? formatTime(facts.now) }),
    };
    const summary = summarize(status, facts);
    if (!isDone({ status: summary })) return summary;
    const { results, failure } = pipelineResults(spec.results ?? [], facts);
    const concluded = results.length > 0 ? { ...summary, results } : summary;
    return failure ? markFailed(concluded, failure.reason, failure.message, facts.now) : concluded;
  }

  async #save(before: PipelineRun, { status, metadata }: Outcome): Promise<void> {
    const { client, events } = this.#options;
    const key = objectKey(before);
    let current = before;
    if (metadata && !isDeepStrictEqual(metadata, before.metadata)) {
      current = await client.update<PipelineRun>(resources.pipelineruns, { ...before, metadata });
      this.#written.remember(key, before, current);
    }
    if (isDeepStrictEqual(before.status, status)) return;
    const next = { ...current, status };
    const written = await client.update<PipelineRun>(resources.pipelineruns, next, { subresource: 'status' });
    this.#written.remember(key, current, written);
    events.recordChange(before, written);
  }

  #nextLook(run: PipelineRun): Reconciled | undefined {
    if (isDone(run)) return undefined;
    const { config, clock } = this.#options;
    const { startTime, finallyStartTime } = run.status ?? {};
    const timeouts = timeoutsOf(run, config);
    const now = clock.now();
    const remaining = [
      remainingOf(startTime, timeouts.pipeline, now),
      finallyStartTime
        ? remainingOf(finallyStartTime, timeouts.finally, now)
        : remainingOf(startTime, timeouts.tasks, now),
    ].filter((ms) => ms !== undefined && ms > 0) as number[];
    if (remaining.length === 0) return undefined;
    return { requeueAfterMs: Math.min(Math.min(...remaining) + 1, MAX_REQUEUE_MS) };
  }
}

/** What ends a run; any other failure is thrown, for another try. */
function failureOfRun(error: unknown): { reason: string; message: string } {
  if (error instanceof RunFailure) return error;
  const isInput =
    error instanceof SlipwayError && error.kind === 'invalid' && !(error instanceof StatusError);
  if (!isInput) throw error;
  return { reason: 'PipelineValidationFailed', message: `[User error] ${error.message}` };
}

function needsTask({ task }: TaskState, { spec }: PipelineRun): boolean {
  const bound = new Set((spec.workspaces ?? []).map(({ name }) => name));
  return (task.workspaces ?? []).some(({ name, workspace }) => !bound.has(workspace || name));
}

const isPending = (run: PipelineRun): boolean => run.spec.status === 'PipelineRunPending';

/** Another controller has the run (Kueue and the like). */
function isForeign({ spec }: PipelineRun): boolean {
  return spec.managedBy !== undefined && spec.managedBy !== 'tekton.dev/pipeline';
}

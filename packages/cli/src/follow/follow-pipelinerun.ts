import { type HttpKubeClient, type PipelineRun, resources } from '@slipway/kube';
import { followTaskRun } from './follow-taskrun.ts';
import { Observed } from './observed.ts';
import { isDone, outcomeOf, type RunOutcome, type TaskEnd } from './outcome.ts';
import type { RunView } from './run-view.ts';

/** Streams the logs of all TaskRuns of a PipelineRun to `view`, as they come, until the PipelineRun is done. */
export async function followPipelineRun(
  client: HttpKubeClient,
  { name, namespace = 'default' }: { readonly name: string; readonly namespace?: string },
  view: RunView,
  signal: AbortSignal,
): Promise<RunOutcome<PipelineRun>> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const run = new Observed<PipelineRun>(client, resources.pipelineruns, namespace, name, both);
  const tasks = new FollowedTasks(client, namespace, view, both);
  try {
    const done = await run.until((state) => {
      tasks.follow(state);
      return isDone(state);
    });
    return { ...outcomeOf(done), tasks: [...(await tasks.ends()), ...skippedTasks(done)] };
  } finally {
    stop.abort();
  }
}

/** A step that failed has said so under its own name. */
const TOLD_BY_STEPS = ['StepFailed', 'Failed', 'FailureIgnored'];

class FollowedTasks {
  readonly #client: HttpKubeClient;
  readonly #namespace: string;
  readonly #view: RunView;
  readonly #signal: AbortSignal;
  readonly #startedAt = performance.now();
  readonly #ends = new Map<string, Promise<TaskEnd>>();
  readonly #skipped = new Set<string>();

  constructor(client: HttpKubeClient, namespace: string, view: RunView, signal: AbortSignal) {
    this.#client = client;
    this.#namespace = namespace;
    this.#view = view;
    this.#signal = signal;
  }

  /** Follows the TaskRuns that are new, and tells which tasks are not run. */
  follow({ status }: PipelineRun): void {
    const children = Object.values(
      Object.groupBy(status?.childReferences ?? [], ({ pipelineTaskName = '' }) => pipelineTaskName),
    ).flatMap((ofTask = []) =>
      // The runs of a matrix are numbered, as their names are.
      ofTask.map(({ name = '', pipelineTaskName = '' }, index) => ({
        name,
        task: ofTask.length > 1 ? `${pipelineTaskName}-${index}` : pipelineTaskName,
      })),
    );
    for (const { name, task } of children) {
      if (this.#ends.has(name)) continue;
      const end = this.#followOne(name, task);
      end.catch(() => {}); // whoever awaits the ends sees it
      this.#ends.set(name, end);
    }
    for (const { name, reason } of status?.skippedTasks ?? []) {
      if (this.#skipped.has(name)) continue;
      this.#skipped.add(name);
      this.#view.note(name, `skipped: ${reason}`);
    }
  }

  async #followOne(name: string, task: string): Promise<TaskEnd> {
    const seenAt = performance.now();
    const run = { name, namespace: this.#namespace };
    const view = ofTask(this.#view, task);
    const { succeeded, reason, message } = await followTaskRun(this.#client, run, view, this.#signal);
    const isTold = succeeded || TOLD_BY_STEPS.includes(reason);
    if (!isTold) this.#view.note(task, `${reason}: ${message}`);
    return {
      task,
      taskRun: name,
      result: succeeded ? 'succeeded' : 'failed',
      reason,
      message,
      startedMs: Math.round(seenAt - this.#startedAt),
      durationMs: Math.round(performance.now() - seenAt),
    };
  }

  ends(): Promise<TaskEnd[]> {
    return Promise.all(this.#ends.values());
  }
}

/** The steps under the names that tkn gives them: `task : step`. */
function ofTask(view: RunView, task: string): RunView {
  const label = (step: string): string => `${task} : ${step}`;
  return {
    note: (step, text) => view.note(label(step), text),
    stepStarted: (step) => view.stepStarted(label(step)),
    stepOutput: (step, chunk) => view.stepOutput(label(step), chunk),
    stepEnded: (step, end) => view.stepEnded(label(step), end),
  };
}

function skippedTasks({ status }: PipelineRun): TaskEnd[] {
  return (status?.skippedTasks ?? []).map(({ name, reason }) => ({
    task: name,
    result: 'skipped',
    reason,
    message: '',
  }));
}

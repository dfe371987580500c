import { formatDuration } from '@slipway/core';
import { type HttpKubeClient, type ResourceType, resourceFor, resources, type TaskRun } from '@slipway/kube';
import { taskTable } from '../print/task-table.ts';
import type { Session } from '../session.ts';
import { followPipelineRun } from './follow-pipelinerun.ts';
import { followTaskRun, untilDone } from './follow-taskrun.ts';
import { isDone, type Run, type RunOutcome, runFailure } from './outcome.ts';
import { lineView, type RunView, silentView } from './run-view.ts';

/** How long a cancelled run may take to stop its steps. */
const CANCEL_MS = 30_000;

export interface RunToEndOptions {
  readonly output: 'text' | 'json';
  /** Aborts on Ctrl-C: the run is cancelled. */
  readonly signal: AbortSignal;
  /** Whether to print the result; a caller that prints its own says no. */
  readonly printResult?: boolean;
}

/** What is particular to each kind of run. */
interface RunKind {
  readonly type: ResourceType;
  /** `spec.status` that cancels it. */
  readonly cancelled: string;
  readonly follow: (
    client: HttpKubeClient,
    run: { readonly name: string; readonly namespace?: string },
    view: RunView,
    signal: AbortSignal,
  ) => Promise<RunOutcome<Run>>;
}

const KINDS: Readonly<Record<Run['kind'], RunKind>> = {
  TaskRun: { type: resources.taskruns, cancelled: 'TaskRunCancelled', follow: followTaskRun },
  PipelineRun: { type: resources.pipelineruns, cancelled: 'Cancelled', follow: followPipelineRun },
};

/** Creates a run, follows it, and prints its results; throws TASKRUN_FAILED or PIPELINERUN_FAILED unless it succeeds. */
export async function runToEnd<T extends Run>(
  session: Session,
  run: T,
  options: RunToEndOptions,
): Promise<RunOutcome<T>> {
  const { client } = session;
  const { type, follow } = KINDS[run.kind];
  const created = await client.create<Run>(resourceFor(run) ?? type, run, { fieldValidation: 'Strict' });
  const text = options.output === 'text';
  if (text) process.stdout.write(`${nameOf(created)}\n`);
  const view = text ? lineView(process.stdout) : silentView;
  const outcome = await follow(client, created.metadata, view, options.signal).catch(async (error) => {
    if (options.signal.aborted) await cancel(client, created);
    throw error;
  });
  if (options.printResult !== false) printOutcome(outcome, options.output);
  if (!outcome.succeeded) throw runFailure(outcome);
  return outcome as RunOutcome<T>;
}

const nameOf = ({ kind, metadata }: Run): string => `${kind} ${metadata.namespace}/${metadata.name}`;

async function cancel(client: HttpKubeClient, run: Run): Promise<void> {
  const { name, namespace = 'default' } = run.metadata;
  const { type, cancelled } = KINDS[run.kind];
  process.stderr.write(`cancelling ${nameOf(run)} …\n`);
  const body = { spec: { status: cancelled } };
  const signal = AbortSignal.timeout(CANCEL_MS);
  const patched = await client.patch<Run>(type, name, { type: 'merge', body }, { namespace });
  // Its steps may take their time to end, and say nothing that anyone reads.
  await untilDone(client, patched, signal);
  if (run.kind === 'TaskRun') return;
  const labelSelector = `tekton.dev/pipelineRun=${name}`;
  const { items } = await client.list<TaskRun>(resources.taskruns, { namespace, labelSelector });
  await Promise.all(items.filter((each) => !isDone(each)).map((each) => untilDone(client, each, signal)));
}

function printOutcome(outcome: RunOutcome<Run>, output: 'text' | 'json'): void {
  const { run, succeeded, reason, message, tasks } = outcome;
  const { name, namespace } = run.metadata;
  const results = Object.fromEntries((run.status?.results ?? []).map((each) => [each.name, each.value]));
  if (output === 'json') {
    const told = { name, namespace, succeeded, reason, message, results, ...(tasks && { tasks }) };
    process.stdout.write(`${JSON.stringify(told)}\n`);
    return;
  }
  if (tasks && tasks.length > 0) process.stdout.write(`\n${taskTable(tasks, process.stdout)}\n`);
  for (const [key, value] of Object.entries(results)) {
    process.stdout.write(`${key}: ${typeof value === 'string' ? value.trimEnd() : JSON.stringify(value)}\n`);
  }
  const { startTime, completionTime } = run.status ?? {};
  const took = Date.parse(completionTime ?? '') - Date.parse(startTime ?? '');
  if (succeeded)
    process.stdout.write(`${reason}${Number.isFinite(took) ? ` in ${formatDuration(took)}` : ''}\n`);
}

import { formatDuration } from '@slipway/core';
import { type HttpKubeClient, resourceFor, resources, type TaskRun } from '@slipway/kube';
import type { Session } from '../session.ts';
import { followTaskRun, type RunOutcome, runFailure, untilDone } from './follow-taskrun.ts';
import { lineView, silentView } from './run-view.ts';

/** How long a cancelled TaskRun may take to stop its steps. */
const CANCEL_MS = 30_000;

export interface RunToEndOptions {
  readonly output: 'text' | 'json';
  /** Aborts on Ctrl-C: the TaskRun is cancelled. */
  readonly signal: AbortSignal;
  /** Whether to print the result; a caller that prints its own says no. */
  readonly printResult?: boolean;
}

/** Creates a TaskRun, follows it, and prints its results; throws TASKRUN_FAILED unless it succeeds. */
export async function runToEnd(
  session: Session,
  run: TaskRun,
  options: RunToEndOptions,
): Promise<RunOutcome> {
  const { client } = session;
  // A file may hold a run in an older version of Tekton's API; from here on it is looked at in v1.
  const type = resourceFor(run) ?? resources.taskruns;
  const created = await client.create<TaskRun>(type, run, { fieldValidation: 'Strict' });
  const name = `${created.metadata.namespace}/${created.metadata.name}`;
  const text = options.output === 'text';
  if (text) process.stdout.write(`TaskRun ${name}\n`);
  const view = text ? lineView(process.stdout) : silentView;
  const outcome = await followTaskRun(client, created, view, options.signal).catch(async (error) => {
    if (options.signal.aborted) await cancel(client, created);
    throw error;
  });
  if (options.printResult !== false) printOutcome(outcome, options.output);
  if (!outcome.succeeded) throw runFailure(outcome);
  return outcome;
}

async function cancel(client: HttpKubeClient, run: TaskRun): Promise<void> {
  const { name = '', namespace = 'default' } = run.metadata;
  process.stderr.write(`cancelling TaskRun ${namespace}/${name} …\n`);
  const body = { spec: { status: 'TaskRunCancelled' } };
  const cancelled = await client.patch<TaskRun>(
    resources.taskruns,
    name,
    { type: 'merge', body },
    { namespace },
  );
  // Its steps may take their time to end, and say nothing that anyone reads.
  await untilDone(client, cancelled, AbortSignal.timeout(CANCEL_MS));
}

function printOutcome({ run, succeeded, reason, message }: RunOutcome, output: 'text' | 'json'): void {
  const { name, namespace } = run.metadata;
  const results = Object.fromEntries(
    (run.status?.results ?? []).map((result) => [result.name, result.value]),
  );
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify({ name, namespace, succeeded, reason, message, results })}\n`);
    return;
  }
  for (const [key, value] of Object.entries(results)) {
    process.stdout.write(`${key}: ${typeof value === 'string' ? value.trimEnd() : JSON.stringify(value)}\n`);
  }
  const { startTime, completionTime } = run.status ?? {};
  const took = Date.parse(completionTime ?? '') - Date.parse(startTime ?? '');
  if (succeeded)
    process.stdout.write(`${reason}${Number.isFinite(took) ? ` in ${formatDuration(took)}` : ''}\n`);
}

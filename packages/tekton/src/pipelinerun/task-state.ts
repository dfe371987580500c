import type { Param, ParamValue, PipelineTask, TaskRun } from '@slipway/kube';
import { isDone, succeededOf } from '../conditions.ts';
import { typeOfValue } from '../params.ts';
import { type PipelineReplacements, pipelineStrings } from '../substitution/pipeline-values.ts';
import type { ResultReference } from '../substitution/result-references.ts';
import type { PlannedCheck } from './conditions.ts';

/** Why a result that a task uses cannot be had. */
export interface MissingResult {
  readonly reference: ResultReference;
  readonly message: string;
}

/** The check of a Condition, and its TaskRun when it has begun. */
interface CheckState {
  readonly planned: PlannedCheck;
  readonly run: TaskRun | undefined;
}

/** One task of a Pipeline in one run of it. */
export interface TaskState {
  /** Variables are replaced as far as they are known; results only when all of them are. */
  readonly task: PipelineTask;
  readonly isFinal: boolean;
  /** The TaskRuns that there are or will be: one, or as many as the matrix has combinations. */
  readonly names: readonly string[];
  /** The params of each from the matrix, in the order of `names`; empty without a matrix. */
  readonly combinations: readonly (readonly Param[])[];
  readonly runs: readonly TaskRun[];
  readonly missing: MissingResult | undefined;
  /** What has to be true before the task runs. */
  readonly checks: readonly CheckState[];
}

/** In a TaskRun's `statusMessage`: who cancelled it. */
export const CANCELLED_BY_PIPELINE = 'TaskRun cancelled as the PipelineRun it belongs to has been cancelled.';
export const TIMED_OUT_BY_PIPELINE = 'TaskRun cancelled as the PipelineRun it belongs to has timed out.';

export const isScheduled = ({ runs }: TaskState): boolean => runs.length > 0;
export const hasSucceeded = ({ runs }: TaskState): boolean =>
  runs.length > 0 && runs.every((run) => succeededOf(run)?.status === 'True');
export const anyFailed = ({ runs }: TaskState): boolean =>
  runs.some((run) => succeededOf(run)?.status === 'False');
/** Some run failed, and none goes on. */
export const hasFailed = (state: TaskState): boolean => anyFailed(state) && state.runs.every(isDone);
export const isOver = (state: TaskState): boolean => hasSucceeded(state) || hasFailed(state);
export const isRunning = (state: TaskState): boolean => isScheduled(state) && !isOver(state);
/** Every check of the task said yes; also when it has none. */
export const haveChecksPassed = ({ checks }: TaskState): boolean =>
  checks.every(({ run }) => run !== undefined && succeededOf(run)?.status === 'True');
/** All checks are over, and one did not say yes. */
export const didChecksFail = (state: TaskState): boolean =>
  state.checks.every(({ run }) => run !== undefined && isDone(run)) && !haveChecksPassed(state);
/** The TaskRuns of checks that go on. */
export const runningChecks = ({ checks }: TaskState): TaskRun[] =>
  checks.flatMap(({ run }) => (run !== undefined && !isDone(run) ? [run] : []));
/** A failure of it is no failure of the run. */
export const mayFail = ({ task }: TaskState): boolean => task.onError === 'continue';

const wasCancelled = (run: TaskRun): boolean => succeededOf(run)?.reason === 'TaskRunCancelled';

export const isCancelled = (state: TaskState): boolean => hasFailed(state) && state.runs.some(wasCancelled);
export const isTimedOut = (state: TaskState): boolean =>
  isCancelled(state) &&
  state.runs.some((run) => wasCancelled(run) && run.spec.statusMessage === TIMED_OUT_BY_PIPELINE);

/** `Succeeded`, `Failed` or `None`: what `$(tasks.x.status)` says. */
export function statusOf(state: TaskState): string {
  if (hasSucceeded(state)) return 'Succeeded';
  return anyFailed(state) ? 'Failed' : 'None';
}

/** The reason of the run, of a failed one first: what `$(tasks.x.reason)` says. */
export function reasonOf({ runs }: TaskState): string {
  const telling = runs.find((run) => succeededOf(run)?.status !== 'True') ?? runs[0];
  return (telling && succeededOf(telling)?.reason) ?? '';
}

/** The results of a task that is over, by name; those of a matrix as lists of what its runs gave. */
export function resultsOf(state: TaskState): ReadonlyMap<string, ParamValue> {
  if (!isOver(state)) return new Map();
  if (!state.task.matrix) {
    return new Map((state.runs[0]?.status?.results ?? []).map(({ name, value }) => [name, value]));
  }
  const lists = new Map<string, string[]>();
  for (const { name, value } of state.runs.flatMap((run) => run.status?.results ?? [])) {
    if (typeof value === 'string') lists.set(name, [...(lists.get(name) ?? []), value]);
  }
  return lists;
}

/** What `$(tasks.<task>.results.…)` stands for. */
export function resultReplacements(
  task: string,
  results: ReadonlyMap<string, ParamValue>,
): PipelineReplacements {
  const strings = new Map<string, string>();
  const arrays = new Map<string, readonly string[]>();
  const objects = new Map<string, Record<string, string>>();
  for (const [name, value] of results) {
    const prefix = `tasks.${task}.results`;
    for (const key of [`${prefix}.${name}`, `${prefix}["${name}"]`, `${prefix}['${name}']`]) {
      if (Array.isArray(value)) {
        arrays.set(key, value);
        value.forEach((item, index) => {
          strings.set(`${key}[${index}]`, item);
        });
      } else if (typeOfValue(value) === 'object') {
        objects.set(key, value as Record<string, string>);
        for (const [member, text] of Object.entries(value)) strings.set(`${key}.${member}`, text);
      } else {
        strings.set(key, value as string);
      }
    }
  }
  return { strings, arrays, objects };
}

/** `$(tasks.x.matrix.length)`: how many runs a matrix has; `$(tasks.x.matrix.<result>.length)`: how many gave a result. */
export function matrixReplacements(state: TaskState): PipelineReplacements {
  if (!state.task.matrix) return pipelineStrings([]);
  const prefix = `tasks.${state.task.name}.matrix`;
  const lengths = [...resultsOf(state)].map(
    ([name, value]) => [`${prefix}.${name}.length`, `${(value as string[]).length}`] as const,
  );
  return pipelineStrings([[`${prefix}.length`, `${state.names.length}`], ...lengths]);
}

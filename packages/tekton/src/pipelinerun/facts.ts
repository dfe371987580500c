import type { PipelineRun, PipelineSpec, PipelineTask, TaskRun, WhenExpression } from '@slipway/kube';
import type { TektonConfig } from '../config.ts';
import { replaceOutsideOfTask } from '../substitution/pipeline-task.ts';
import {
  mergeReplacements,
  type PipelineReplacements,
  pipelineStrings,
} from '../substitution/pipeline-values.ts';
import { dependenciesOf, type ResultReference, resultsUsedBy } from '../substitution/result-references.ts';
import { plannedChecks } from './conditions.ts';
import { fanOut, isEmptyMatrix } from './matrix.ts';
import { taskRunNames } from './names.ts';
import {
  anyFailed,
  didChecksFail,
  hasFailed,
  hasSucceeded,
  isOver,
  isScheduled,
  type MissingResult,
  mayFail,
  reasonOf,
  resultReplacements,
  resultsOf,
  runningChecks,
  statusOf,
  type TaskState,
} from './task-state.ts';
import { remainingOf, type Timeouts, timeoutsOf } from './timeouts.ts';

/** Why a task is not run, in the sentences of Tekton's `SkippingReason`. */
export const skipped = {
  when: 'When Expressions evaluated to false',
  condition: 'ConditionCheckFailed',
  parent: 'Parent Tasks were skipped',
  stopping: 'PipelineRun was stopping',
  gracefullyCancelled: 'PipelineRun was gracefully cancelled',
  gracefullyStopped: 'PipelineRun was gracefully stopped',
  missingResults: 'Results were missing',
  timeout: 'PipelineRun timeout has been reached',
  tasksTimeout: 'PipelineRun Tasks timeout has been reached',
  finallyTimeout: 'PipelineRun Finally timeout has been reached',
  emptyMatrix: 'Matrix Parameters have an empty array',
} as const;

interface FactsOptions {
  readonly run: PipelineRun;
  /** With params, context and workspaces replaced. */
  readonly spec: PipelineSpec;
  /** A TaskRun of the run, when there is one of this name. */
  readonly find: (name: string) => TaskRun | undefined;
  readonly config: TektonConfig;
  readonly now: Date;
}

/**
 * What follows from a run, its Pipeline and its TaskRuns at one moment: which tasks are over, which are not to be run
 * and why, and which can start. Changes nothing, and asks nobody.
 */
export class PipelineFacts {
  readonly run: PipelineRun;
  readonly spec: PipelineSpec;
  readonly timeouts: Timeouts;
  readonly now: Date;
  readonly #find: FactsOptions['find'];
  readonly #tasks: ReadonlyMap<string, PipelineTask>;
  readonly #checks: ReturnType<typeof plannedChecks>;
  readonly #parents = new Map<string, readonly string[]>();
  readonly #states = new Map<string, TaskState>();
  readonly #skips = new Map<string, string | undefined>();
  /** Tasks whose turn it is and that want a result which nobody gave, with the reason. */
  readonly invalid: ReadonlyMap<string, string>;

  constructor({ run, spec, find, config, now }: FactsOptions) {
    this.run = run;
    this.spec = spec;
    this.now = now;
    this.timeouts = timeoutsOf(run, config);
    this.#find = find;
    this.#checks = plannedChecks(run);
    this.#tasks = new Map([...(spec.tasks ?? []), ...(spec.finally ?? [])].map((task) => [task.name, task]));
    this.invalid = new Map();
    const wanting = this.#candidates().filter(({ missing }) => missing !== undefined);
    this.invalid = new Map(wanting.map(({ task, missing }) => [task.name, missing!.message]));
    if (wanting.length > 0) this.#skips.clear(); // the run is stopping now, which the others follow
  }

  /** The tasks of the Pipeline, those of `finally` last. */
  get states(): TaskState[] {
    return [...this.#tasks.keys()].map((name) => this.state(name));
  }

  get dagStates(): TaskState[] {
    return (this.spec.tasks ?? []).map(({ name }) => this.state(name));
  }

  get finalStates(): TaskState[] {
    return (this.spec.finally ?? []).map(({ name }) => this.state(name));
  }

  state(name: string): TaskState {
    let state = this.#states.get(name);
    if (!state) {
      state = this.#stateOf(this.#tasks.get(name)!);
      this.#states.set(name, state);
    }
    return state;
  }

  #stateOf(written: PipelineTask): TaskState {
    const isFinal = !this.spec.tasks?.some(({ name }) => name === written.name);
    const asked =
      isFinal && this.isDagDone ? replaceOutsideOfTask(written, this.statusReplacements()) : written;
    const missing = resultsUsedBy(asked)
      .map((reference) => this.#missing(asked, reference))
      .find((each) => each !== undefined);
    const task = missing ? asked : replaceOutsideOfTask(asked, this.#usedResults(asked));
    const combinations = task.matrix ? fanOut(task.matrix) : [];
    const names = taskRunNames(this.run, task.name, task.matrix ? (combinations?.length ?? 1) : 1);
    const runs = names.map(this.#find).filter((run) => run !== undefined);
    const checks = (this.#checks[task.name] ?? []).map((planned) => ({
      planned,
      run: this.#find(planned.name),
    }));
    return { task, isFinal, names, combinations: combinations ?? [], runs, missing, checks };
  }

  #missing(user: PipelineTask, reference: ResultReference): MissingResult | undefined {
    const { task, result, index } = reference;
    if (!this.#tasks.has(task)) {
      return { reference, message: `could not find task "${task}" referenced by result` };
    }
    const source = this.state(task);
    if (!isOver(source)) {
      return { reference, message: `task "${task}" referenced by result was not finished` };
    }
    const value = resultsOf(source).get(result);
    if (value === undefined) {
      const message = hasSucceeded(source)
        ? `task "${task}" completed successfully but did not emit the result "${result}", which is referenced by task "${user.name}"`
        : `Invalid task result reference: Could not find result with name ${result} for pipeline task ${task}`;
      return { reference, message };
    }
    if (index === undefined || !Array.isArray(value) || index < value.length) return undefined;
    const message = `array Result Index ${index} for Task ${task} Result ${result} is out of bound of size ${value.length}`;
    return { reference, message };
  }

  #usedResults(task: PipelineTask): PipelineReplacements {
    const sources = new Set(resultsUsedBy(task).map((reference) => reference.task));
    return this.#resultsFrom([...sources]);
  }

  /** The results of every task that is over. */
  allResults(): PipelineReplacements {
    return this.#resultsFrom([...this.#tasks.keys()]);
  }

  #resultsFrom(tasks: readonly string[]): PipelineReplacements {
    return mergeReplacements(...tasks.map((task) => resultReplacements(task, resultsOf(this.state(task)))));
  }

  /** `$(tasks.x.status)`, `$(tasks.x.reason)` and `$(tasks.status)`, for the tasks of `finally`. */
  statusReplacements(): PipelineReplacements {
    const each = this.dagStates.flatMap((state): [string, string][] => [
      [`tasks.${state.task.name}.status`, statusOf(state)],
      [`tasks.${state.task.name}.reason`, reasonOf(state)],
    ]);
    return pipelineStrings([...each, ['tasks.status', this.#aggregateStatus()]]);
  }

  #aggregateStatus(): string {
    if (!this.isDagDone) return 'None';
    if (this.dagStates.some(anyFailed)) return 'Failed';
    return this.dagStates.some(({ task }) => this.skipReason(task.name) !== undefined)
      ? 'Completed'
      : 'Succeeded';
  }

  get isCancelled(): boolean {
    return this.run.spec.status === 'Cancelled';
  }

  get isGracefullyCancelled(): boolean {
    return this.run.spec.status === 'CancelledRunFinally';
  }

  get isGracefullyStopped(): boolean {
    return this.run.spec.status === 'StoppedRunFinally';
  }

  /** No task starts any more but those of `finally`: one failed, and was not allowed to. */
  get isStopping(): boolean {
    return this.dagStates.some(
      (state) => (hasFailed(state) || this.invalid.has(state.task.name)) && !mayFail(state),
    );
  }

  /** Every task but those of `finally` is over, or will not be run. */
  get isDagDone(): boolean {
    return (this.spec.tasks ?? []).every(({ name }) => this.isDone(name));
  }

  isDone(name: string): boolean {
    return isOver(this.state(name)) || this.invalid.has(name) || this.skipReason(name) !== undefined;
  }

  /** Why a task will not be run; undefined when it was, or may be. */
  skipReason(name: string): string | undefined {
    if (!this.#skips.has(name)) {
      const state = this.state(name);
      this.#skips.set(name, state.isFinal ? this.#finalSkip(state) : this.#dagSkip(state));
    }
    return this.#skips.get(name);
  }

  #dagSkip(state: TaskState): string | undefined {
    const { task, missing } = state;
    if (isScheduled(state) || this.invalid.has(task.name)) return undefined;
    if (runningChecks(state).length > 0) return undefined; // they are cancelled where nothing may run any more
    if (this.isStopping) return skipped.stopping;
    if (this.isGracefullyCancelled) return skipped.gracefullyCancelled;
    if (this.isGracefullyStopped) return skipped.gracefullyStopped;
    const ready = this.#areParentsDone(task);
    if (ready && !allow(task.when)) return skipped.when;
    if (ready && state.checks.length > 0 && didChecksFail(state)) return skipped.condition;
    if (this.#isParentSkipped(task)) return skipped.parent;
    if (!ready) return undefined;
    const mayMiss = missing && (mayFail(state) || this.skipReason(missing.reference.task) === skipped.when);
    if (mayMiss) return skipped.missingResults;
    if (this.hasTimedOut) return skipped.timeout;
    if (this.haveTasksTimedOut) return skipped.tasksTimeout;
    return isEmptyMatrix(task.matrix) ? skipped.emptyMatrix : undefined;
  }

  #finalSkip(state: TaskState): string | undefined {
    const { task, missing } = state;
    if (isScheduled(state) || !this.isDagDone) return undefined;
    if (missing) return skipped.missingResults;
    if (!allow(task.when)) return skipped.when;
    if (this.hasTimedOut) return skipped.timeout;
    if (this.hasFinallyTimedOut) return skipped.finallyTimeout;
    return isEmptyMatrix(task.matrix) ? skipped.emptyMatrix : undefined;
  }

  #areParentsDone(task: PipelineTask): boolean {
    return this.#parentsOf(task).every((parent) => this.isDone(parent));
  }

  /** A task that was skipped for its own conditions does not keep those after it from running. */
  #isParentSkipped(task: PipelineTask): boolean {
    return this.#parentsOf(task)
      .map((parent) => this.skipReason(parent))
      .some((reason) => reason !== undefined && reason !== skipped.when);
  }

  #parentsOf({ name }: PipelineTask): readonly string[] {
    let parents = this.#parents.get(name);
    if (!parents) {
      parents = dependenciesOf(this.#tasks.get(name)!).filter((parent) => this.#tasks.has(parent));
      this.#parents.set(name, parents);
    }
    return parents;
  }

  get hasTimedOut(): boolean {
    return remainingOf(this.run.status?.startTime, this.timeouts.pipeline, this.now) === 0;
  }

  get haveTasksTimedOut(): boolean {
    return remainingOf(this.run.status?.startTime, this.timeouts.tasks, this.now) === 0;
  }

  get hasFinallyTimedOut(): boolean {
    return remainingOf(this.run.status?.finallyStartTime, this.timeouts.finally, this.now) === 0;
  }

  /** The tasks of which TaskRuns are to be made now. */
  next(): TaskState[] {
    const finals = this.isDagDone ? this.finalStates.filter((state) => this.#canStart(state)) : [];
    return [...this.#candidates(), ...finals];
  }

  #candidates(): TaskState[] {
    if (this.isCancelled || this.isGracefullyCancelled || this.invalid.size > 0) return [];
    return this.dagStates.filter((state) => this.#canStart(state) && this.#areParentsDone(state.task));
  }

  /** A matrix of which some runs are there gets the others. */
  #canStart({ task, names, runs }: TaskState): boolean {
    return runs.length < names.length && this.skipReason(task.name) === undefined;
  }
}

function allow(when: readonly WhenExpression[] = []): boolean {
  return when.every(({ input = '', operator, values = [] }) =>
    operator === 'notin' ? !values.includes(input) : values.includes(input),
  );
}

import { SlipwayError } from '@slipway/core';
import { type Condition, findCondition, type PipelineRun, type TaskRun } from '@slipway/kube';

/** A run that the CLI follows. */
export type Run = TaskRun | PipelineRun;

/** How a run ended. */
export interface RunOutcome<T extends Run = TaskRun> {
  readonly succeeded: boolean;
  readonly reason: string;
  readonly message: string;
  readonly run: T;
  /** What became of each task of a PipelineRun. */
  readonly tasks?: readonly TaskEnd[];
}

/** What became of one task of a PipelineRun. */
export interface TaskEnd {
  readonly task: string;
  /** Absent for a task that was not run. */
  readonly taskRun?: string;
  readonly result: 'succeeded' | 'failed' | 'skipped';
  readonly reason: string;
  readonly message: string;
  /** Milliseconds from the start of the PipelineRun, and how long it took; as the CLI saw it. */
  readonly startedMs?: number;
  readonly durationMs?: number;
}

const succeededOf = (run: Run): Condition | undefined => findCondition(run.status?.conditions, 'Succeeded');

/** Whether the run has ended, well or not. */
export function isDone(run: Run): boolean {
  const status = succeededOf(run)?.status;
  return status === 'True' || status === 'False';
}

/** The outcome of a run that is done. */
export function outcomeOf<T extends Run>(run: T): RunOutcome<T> {
  const { status, reason = '', message = '' } = succeededOf(run) ?? {};
  return { succeeded: status === 'True', reason, message, run };
}

/** The failure that the CLI reports for a run that did not succeed. */
export function runFailure({ run, reason, message, tasks = [] }: RunOutcome<Run>): SlipwayError {
  const name = `${run.metadata.namespace}/${run.metadata.name}`;
  const causes = tasks.filter(({ result }) => result === 'failed').map(causeOf);
  const why = [`${run.kind} ${name} failed: ${reason}: ${message}`, ...causes].join('\n  ');
  return new SlipwayError('failed', `${run.kind.toUpperCase()}_FAILED`, why, { hint: HINTS[reason] });
}

/** What the command line can do about it, by the reason of the run. */
const HINTS: Readonly<Record<string, string | undefined>> = {
  ParameterMissing: 'give it with -p name=value',
  InvalidWorkspaceBindings:
    'give it with -w name=<workspace>,emptyDir= or -w name=<workspace>,claimName=<claim>',
  CouldntGetTask: 'add the file that has the Task: -f task.yaml',
  CouldntGetPipeline: 'add the file that has the Pipeline: -f pipeline.yaml',
};

const causeOf = ({ task, reason, message }: TaskEnd): string => `${task}: ${reason}: ${message}`;

import { formatDuration } from '@slipway/core';
import type { ChildStatusReference, PipelineRunStatus, SkippedTask } from '@slipway/kube';
import { markFailed, markOngoing, markSucceeded } from '../conditions.ts';
import { textOf, typeOfValue } from '../params.ts';
import { replaceInText, stringReplacements } from '../substitution/replacements.ts';
import { withConditionChecks } from './condition-status.ts';
import { type PipelineFacts, skipped } from './facts.ts';
import { hasFailed, hasSucceeded, isCancelled, isTimedOut, mayFail, type TaskState } from './task-state.ts';

/** How many tasks are where; each is counted once. */
interface Counts {
  succeeded: number;
  failed: number;
  ignored: number;
  cancelled: number;
  skipped: number;
  skippedForTime: number;
  invalid: number;
  incomplete: number;
}

/** The status with the condition, the children and the skipped tasks that follow from the facts. */
export function summarize(status: PipelineRunStatus, facts: PipelineFacts): PipelineRunStatus {
  const children = facts.states.flatMap(childReferences);
  const skips = facts.states.flatMap((state) => skippedTask(state, facts));
  const told: PipelineRunStatus = {
    ...withConditionChecks(status, facts),
    ...(children.length > 0 && { childReferences: children }),
    ...(skips.length > 0 && { skippedTasks: skips }),
  };
  return withCondition(told, facts);
}

function withCondition(status: PipelineRunStatus, facts: PipelineFacts): PipelineRunStatus {
  const { now, timeouts, run } = facts;
  const { name } = run.metadata;
  if (facts.hasTimedOut) {
    const limit = formatDuration(timeouts.pipeline);
    const message = `PipelineRun "${name}" failed to finish within "${limit}"`;
    return markFailed(status, 'PipelineRunTimeout', message, now);
  }
  const finalsDone = facts.finalStates.every(({ task }) => facts.isDone(task.name));
  if (facts.haveTasksTimedOut && finalsDone) {
    const limit = formatDuration(timeouts.tasks ?? 0);
    const message = `PipelineRun "${name}" failed due to tasks failed to finish within "${limit}"`;
    return markFailed(status, 'PipelineRunTimeout', message, now);
  }
  const counts = count(facts);
  return counts.incomplete > 0
    ? ongoing(status, facts, counts, finalsDone)
    : concluded(status, facts, counts);
}

function ongoing(
  status: PipelineRunStatus,
  facts: PipelineFacts,
  counts: Counts,
  finalsDone: boolean,
): PipelineRunStatus {
  const completed = counts.succeeded + counts.failed + counts.cancelled + counts.ignored;
  const message = `Tasks Completed: ${completed} (Failed: ${counts.failed}, Cancelled ${counts.cancelled}), Incomplete: ${counts.incomplete}, Skipped: ${counts.skipped}`;
  let reason = 'Running';
  if (facts.haveTasksTimedOut && !finalsDone) reason = 'PipelineRunTimeoutRunningFinally';
  else if (facts.isGracefullyCancelled) reason = 'CancelledRunningFinally';
  else if (facts.isGracefullyStopped) reason = 'StoppedRunningFinally';
  else if (counts.cancelled > 0 || (counts.failed > 0 && finalsDone)) reason = 'PipelineRunStopping';
  return markOngoing(status, reason, message, facts.now);
}

function concluded(status: PipelineRunStatus, facts: PipelineFacts, counts: Counts): PipelineRunStatus {
  const failed = counts.failed + counts.ignored;
  const completed = counts.succeeded + counts.cancelled + failed;
  const ignored = counts.ignored > 0 ? ` (Ignored: ${counts.ignored})` : '';
  const invalid =
    counts.invalid > 0 ? `, Failed Validation: ${counts.invalid} (${whyInvalid(facts.invalid)})` : '';
  const message = `Tasks Completed: ${completed} (Failed: ${failed}${ignored}, Cancelled ${counts.cancelled}), Skipped: ${counts.skipped}${invalid}`;
  const fail = (reason: string, text: string = message): PipelineRunStatus =>
    markFailed(status, reason, text, facts.now);
  if (counts.invalid > 0) return fail('PipelineValidationFailed');
  if (counts.failed > 0 || counts.skippedForTime > 0) return fail('Failed');
  if (facts.isGracefullyCancelled || facts.isGracefullyStopped) {
    return fail('Cancelled', `PipelineRun "${facts.run.metadata.name}" was cancelled`);
  }
  if (counts.cancelled > 0) return fail('Cancelled');
  return markSucceeded(status, facts.now, counts.skipped > 0 ? 'Completed' : 'Succeeded', message);
}

/** Long lists are cut: a condition is read by people. */
const MAX_REASONS = 1024;

function whyInvalid(invalid: ReadonlyMap<string, string>): string {
  const names = [...invalid.keys()].sort();
  const text = names.map((name) => invalid.get(name)).join('; ');
  return text.length > MAX_REASONS ? `${text.slice(0, MAX_REASONS)}...` : text;
}

const FOR_TIME: readonly string[] = [skipped.timeout, skipped.tasksTimeout, skipped.finallyTimeout];

function count(facts: PipelineFacts): Counts {
  const counts: Counts = {
    succeeded: 0,
    failed: 0,
    ignored: 0,
    cancelled: 0,
    skipped: 0,
    skippedForTime: 0,
    invalid: 0,
    incomplete: 0,
  };
  for (const state of facts.states) {
    const skip = facts.skipReason(state.task.name);
    if (hasSucceeded(state)) counts.succeeded += 1;
    else if (isTimedOut(state)) counts.failed += 1;
    else if (isCancelled(state)) counts.cancelled += 1;
    else if (hasFailed(state)) counts[mayFail(state) ? 'ignored' : 'failed'] += 1;
    else if (facts.invalid.has(state.task.name)) counts.invalid += 1;
    else if (skip !== undefined) counts.skipped += 1;
    else counts.incomplete += 1;
    if (skip !== undefined && FOR_TIME.includes(skip)) counts.skippedForTime += 1;
  }
  return counts;
}

function skippedTask({ task, isFinal }: TaskState, facts: PipelineFacts): SkippedTask[] {
  const reason = facts.skipReason(task.name);
  if (reason === undefined) return [];
  const showWhen = task.when !== undefined && (!isFinal || reason === skipped.when);
  return [{ name: task.name, reason, ...(showWhen && { whenExpressions: task.when! }) }];
}

function childReferences({ task, runs }: TaskState): ChildStatusReference[] {
  return runs.map((run) => {
    const params = (run.spec.params ?? []).filter(({ value }) => typeOfValue(value) === 'string');
    const values = stringReplacements(params.map(({ name, value }) => [`params.${name}`, textOf(value)]));
    const included = (task.matrix?.include ?? []).filter(({ params: wanted = [] }) =>
      wanted.every(({ name, value }) => values.strings.get(`params.${name}`) === value),
    );
    const names = included.map(({ name = '' }) => name).filter((name) => name !== '');
    const displayName = replaceInText(names.length > 0 ? names.join(' ') : (task.displayName ?? ''), values);
    return {
      apiVersion: 'tekton.dev/v1',
      kind: 'TaskRun',
      name: run.metadata.name,
      ...(displayName !== '' && { displayName }),
      pipelineTaskName: task.name,
      ...(task.when && { whenExpressions: task.when }),
    };
  });
}

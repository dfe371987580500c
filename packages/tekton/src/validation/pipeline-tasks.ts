import { parseDuration } from '@slipway/core';
import { dnsLabelProblems, type PipelineTask, type WhenExpression } from '@slipway/kube';
import { FieldErrors } from './field-errors.ts';
import { quote } from './names.ts';
import { repeatedParam, validateMatrix } from './pipeline-matrix.ts';
import { validateRef } from './steps.ts';
import { isTaskKind } from './task-kind.ts';
import { validateTaskSpec } from './task-spec.ts';

/** The tasks of one section of a Pipeline, each by itself; `names` are those seen so far. Paths start with `[index]`. */
export function validateTasks(tasks: readonly PipelineTask[], names: Set<string>): FieldErrors {
  const errors = new FieldErrors();
  for (const [index, task] of tasks.entries()) {
    const path = `[${index}]`;
    if (dnsLabelProblems(task.name ?? '').length > 0) {
      errors.add(`invalid value ${quote(task.name ?? '')}`, `${path}.name`, NAME_RULE);
    }
    if (names.has(task.name)) errors.gotBoth(`${path}.name`);
    names.add(task.name);
    errors.merge(path, validateTask(task));
  }
  return errors;
}

const NAME_RULE =
  'Pipeline Task name must be a valid DNS Label.For more info refer to https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names';

function validateTask(task: PipelineTask): FieldErrors {
  const errors = new FieldErrors();
  validateWhatRuns(task, errors);
  validateOnError(task, errors);
  validateWhen(task.when ?? [], errors);
  validateUniqueParams(task, errors);
  const retries = task.retries ?? 0;
  if (retries < 0) errors.invalidValue(`${retries} should be >= 0`, 'retries');
  if (task.timeout !== undefined) validateDuration(task.timeout, 'timeout', errors);
  return errors.merge('', validateMatrix(task));
}

function validateWhatRuns(task: PipelineTask, errors: FieldErrors): void {
  const { taskRef, taskSpec, pipelineRef, pipelineSpec } = task;
  const given = Object.entries({ taskRef, taskSpec, pipelineRef, pipelineSpec }).filter(
    ([, value]) => value !== undefined,
  );
  const fields = given.map(([field]) => field);
  if (fields.length > 1) errors.add('expected exactly one, got multiple', fields);
  if (fields.length === 0) errors.gotNeither('taskRef', 'taskSpec');
  for (const field of ['pipelineRef', 'pipelineSpec'] as const) {
    if (task[field]) errors.add(NO_PIPELINE_IN_PIPELINE, field);
  }
  if (taskRef) {
    if (isCustom(taskRef.apiVersion, taskRef.kind)) errors.add(customTask(taskRef), 'taskRef');
    else errors.merge('taskRef', validateRef(taskRef));
  }
  if (!taskSpec) return;
  if (isCustom(taskSpec.apiVersion, taskSpec.kind)) {
    if (!taskSpec.steps?.length) errors.add(customTask(taskSpec), 'taskSpec');
    for (const field of ['apiVersion', 'kind'] as const) {
      if (!taskSpec.steps?.length || !taskSpec[field]) continue;
      errors.add(`taskSpec.${field} cannot be specified when using taskSpec.steps`, `taskSpec.${field}`);
    }
    return;
  }
  errors.merge('taskSpec', validateTaskSpec(taskSpec));
}

const NO_PIPELINE_IN_PIPELINE =
  'a Pipeline inside of a Pipeline is not supported: put its tasks into this one, or run it as a PipelineRun of its own';

const isCustom = (apiVersion = '', kind = ''): boolean => apiVersion !== '' || !isTaskKind(kind);

function customTask({ apiVersion = '', kind = '' }: { apiVersion?: string; kind?: string }): string {
  const what = [apiVersion, kind].filter((part) => part !== '').join(' ');
  return `custom tasks are not supported: there is no controller for ${what}; a Task has neither apiVersion nor kind here`;
}

function validateOnError({ onError = '', retries = 0 }: PipelineTask, errors: FieldErrors): void {
  if (onError === '' || onError.startsWith('$(params')) return;
  if (onError !== 'continue' && onError !== 'stopAndFail') {
    const rule = 'PipelineTask OnError must be either "continue" or "stopAndFail"';
    errors.invalidValue(onError, 'onError', rule);
  }
  if (onError === 'continue' && retries > 0) {
    errors.add('PipelineTask OnError cannot be set to "continue" when Retries is greater than 0', 'onError');
  }
}

function validateWhen(when: readonly WhenExpression[], errors: FieldErrors): void {
  for (const [index, { input, operator, values, cel }] of when.entries()) {
    const path = `when[${index}]`;
    if (cel) {
      errors.add('CEL in when expressions is not supported: write input, operator and values', `${path}.cel`);
    } else if (input === undefined && operator === undefined && values === undefined) {
      errors.missing(path);
    } else if (operator !== 'in' && operator !== 'notin') {
      errors.invalidValue(
        `operator ${quote(operator ?? '')} is not recognized. valid operators: in,notin`,
        `${path}.operator`,
      );
    } else if ((values ?? []).length === 0) {
      errors.invalidValue('expecting non-empty values field', `${path}.values`);
    }
  }
}

function validateUniqueParams({ params = [] }: PipelineTask, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, { name }] of params.entries()) {
    if (seen.has(name)) errors.add(repeatedParam(name), `params[${index}].name`);
    seen.add(name);
  }
}

/** A Go duration that is not negative. */
export function validateDuration(text: string, path: string, errors: FieldErrors): void {
  try {
    if (parseDuration(text) < 0) errors.invalidValue(`${text} should be >= 0`, path);
  } catch {
    errors.invalidValue(text, path, 'write a duration like 90s, 5m or 1h30m');
  }
}

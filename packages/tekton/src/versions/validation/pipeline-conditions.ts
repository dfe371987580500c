import type { Param, ParamSpec, PipelineTask } from '@slipway/kube';
import { FieldErrors } from '../../validation/field-errors.ts';
import { validateParamsInTasks } from '../../validation/pipeline-variables.ts';
import { itemsOf, type Json } from '../json.ts';
import { validateNames } from './resource-lists.ts';

/** What the Conditions of a Pipeline's tasks could not mean; what they say of resources is checked with the tasks' own. */
export function validatePipelineConditions(spec: Json, params: readonly ParamSpec[]): FieldErrors {
  const errors = new FieldErrors();
  for (const [index, task] of itemsOf(spec.tasks).entries()) {
    const path = `tasks[${index}]`;
    const conditions = itemsOf(task.conditions);
    if (conditions.length === 0) continue;
    for (const other of ['when', 'matrix']) {
      if (task[other] !== undefined) errors.gotBoth(`${path}.${other}`, `${path}.conditions`);
    }
    for (const [at, condition] of conditions.entries()) {
      errors.merge(`${path}.conditions[${at}]`, validateCondition(condition, params));
    }
  }
  for (const [index, { name, conditions }] of itemsOf(spec.finally).entries()) {
    if (itemsOf(conditions).length === 0) continue;
    const message = `no conditions allowed under spec.finally, final task ${name} has conditions specified`;
    errors.invalidValue(message, `finally[${index}].conditions`);
  }
  return errors;
}

function validateCondition(condition: Json, declared: readonly ParamSpec[]): FieldErrors {
  const errors = new FieldErrors();
  if (condition.conditionRef === '') errors.missing('conditionRef');
  errors.merge('resources', validateNames(condition.resources));
  const params = itemsOf(condition.params) as unknown as Param[];
  const asTask = [{ name: '', params } satisfies PipelineTask];
  for (const { message, paths, details } of validateParamsInTasks(asTask, declared).problems) {
    const own = paths.map((path) => path.replace(/^\[0\]\./, ''));
    errors.add(message, own, details);
  }
  return errors;
}

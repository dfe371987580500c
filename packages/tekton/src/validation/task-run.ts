import { isDeepStrictEqual } from 'node:util';
import { parseDuration } from '@slipway/core';
import type { Param, ParamSpec, TaskRun, TaskRunSpec } from '@slipway/kube';
import { typeOfValue } from '../params.ts';
import { without } from '../without.ts';
import { FieldErrors } from './field-errors.ts';
import { validateParamDeclarations, validateParamTypes, validateParamUse } from './params.ts';
import { validateRef } from './steps.ts';
import { validateName, validateTaskSpec } from './task-spec.ts';
import { validateBindings } from './workspaces.ts';

/** What is wrong with a TaskRun, as Tekton's admission webhook says it. */
export function validateTaskRun(taskRun: TaskRun): FieldErrors {
  const errors = new FieldErrors().merge('metadata', validateName(taskRun.metadata?.name));
  if (taskRun.spec?.status === 'TaskRunPending' && taskRun.status?.startTime) {
    errors.invalidValue('TaskRun cannot be Pending after it is started', 'spec.status');
  }
  return errors.merge('spec', validateSpec(taskRun.spec ?? {}));
}

function validateSpec(spec: TaskRunSpec): FieldErrors {
  const errors = new FieldErrors();
  if (!spec.taskRef && !spec.taskSpec) errors.gotNeither('taskRef', 'taskSpec');
  if (spec.taskRef && spec.taskSpec) errors.gotBoth('taskRef', 'taskSpec');
  if (spec.taskRef) errors.merge('taskRef', validateRef(spec.taskRef));
  if (spec.taskSpec) {
    errors.merge('taskSpec', validateTaskSpec(spec.taskSpec));
    errors.merge('taskSpec', validateInlineParams(spec));
  }
  for (const name of repeatedNames(spec.params ?? [])) errors.gotBoth(`params[${name}].name`);
  errors.merge('workspaces', validateBindings(spec.workspaces ?? []));
  errors.merge('stepSpecs', validateOverrides(spec.stepSpecs ?? []));
  errors.merge('sidecarSpecs', validateOverrides(spec.sidecarSpecs ?? []));
  if (spec.computeResources && (spec.stepSpecs ?? []).some((step) => step.computeResources)) {
    errors.gotBoth('stepSpecs.resources', 'computeResources');
  }
  return errors.merge('', validateScalars(spec));
}

function validateScalars(spec: TaskRunSpec): FieldErrors {
  const errors = new FieldErrors();
  const { status = '', statusMessage = '', retries = 0, timeout } = spec;
  if (status !== '' && status !== 'TaskRunCancelled' && status !== 'TaskRunPending') {
    errors.invalidValue(`${status} should be TaskRunCancelled or TaskRunPending`, 'status');
  }
  if (status === '' && statusMessage !== '') {
    errors.invalidValue(
      `statusMessage should not be set if status is not set, but it is currently set to ${statusMessage}`,
      'statusMessage',
    );
  }
  if (retries < 0) errors.invalidValue(`${retries} should be >= 0`, 'retries');
  if (timeout !== undefined) {
    try {
      if (parseDuration(timeout) < 0) errors.invalidValue(`${timeout} should be >= 0`, 'timeout');
    } catch {
      errors.invalidValue(timeout, 'timeout', 'write a duration like 90s, 5m or 1h30m');
    }
  }
  return errors;
}

/** Names that come again, whatever their case. */
export function repeatedNames(params: readonly Param[]): string[] {
  const names = params.map((param) => param.name.toLowerCase());
  return params.filter((_, index) => names.indexOf(names[index]!) !== index).map((param) => param.name);
}

export function validateOverrides(overrides: readonly { name: string }[]): FieldErrors {
  const errors = new FieldErrors();
  const seen = new Set<string>();
  for (const [index, { name }] of overrides.entries()) {
    if (!name) errors.missing(`[${index}].name`);
    else if (seen.has(name.toLowerCase())) errors.gotBoth(`[${index}].name`);
    seen.add((name ?? '').toLowerCase());
  }
  return errors;
}

/** An embedded Task may use params that only the run declares, by giving them a value. */
function validateInlineParams(spec: TaskRunSpec): FieldErrors {
  const errors = new FieldErrors();
  const steps = spec.taskSpec?.steps ?? [];
  const specs = new Map((spec.params ?? []).map((param) => [param.name, specOfValue(param)]));
  for (const declared of spec.taskSpec?.params ?? []) {
    const given = specs.get(declared.name);
    const isObject = given?.type === 'object' || typeof declared.default === 'object';
    if (given?.type === 'object' && isObject && !declared.properties) {
      errors.missing(`${declared.name}.properties`);
    }
    specs.set(
      declared.name,
      given?.type === 'object' && declared.properties
        ? { ...given, properties: declared.properties }
        : (given ?? declared),
    );
  }
  const params = [...specs.values()];
  return errors
    .merge('', validateParamTypes(params))
    .merge('', validateParamDeclarations(steps, params))
    .merge('', validateParamUse(steps, params));
}

export function specOfValue({ name, value }: Param): ParamSpec {
  const type = typeOfValue(value);
  if (type !== 'object') return { name, type };
  return {
    name,
    type,
    properties: Object.fromEntries(Object.keys(value).map((key) => [key, { type: 'string' }])),
  };
}

/** A started TaskRun may only be cancelled; a finished one does not change. */
export function validateTaskRunUpdate(taskRun: TaskRun, old: TaskRun): FieldErrors {
  const errors = new FieldErrors();
  if (old.spec.managedBy !== taskRun.spec.managedBy) {
    errors.invalidValue('managedBy is immutable', 'spec.managedBy');
  }
  const succeeded = old.status?.conditions?.find((condition) => condition.type === 'Succeeded');
  const isDone = succeeded !== undefined && succeeded.status !== 'Unknown';
  if (isDone) {
    if (!isDeepStrictEqual(old.spec, taskRun.spec)) {
      errors.invalidValue('Once the TaskRun is complete, no updates are allowed', 'spec');
    }
    return errors;
  }
  if (!isDeepStrictEqual(frozenPart(old.spec), frozenPart(taskRun.spec))) {
    errors.invalidValue(
      'Once the TaskRun has started, only status and statusMessage updates are allowed',
      'spec',
    );
  }
  return errors;
}

const frozenPart = (spec: TaskRunSpec): object => without(spec, 'status', 'statusMessage', 'managedBy');

import { isDeepStrictEqual } from 'node:util';
import { parseDuration } from '@slipway/core';
import type { ParamSpec, PipelineRun, PipelineRunSpec, PipelineSpec, PipelineTask } from '@slipway/kube';
import { looksLikeResult } from '../substitution/result-references.ts';
import { without } from '../without.ts';
import { FieldErrors } from './field-errors.ts';
import { goList, quote } from './names.ts';
import { validateParamUse } from './params.ts';
import { validatePipelineSpec } from './pipeline-spec.ts';
import { validateDuration } from './pipeline-tasks.ts';
import { expressionsOf, validateParamsInTasks } from './pipeline-variables.ts';
import { validateRef } from './steps.ts';
import { repeatedNames, specOfValue, validateOverrides } from './task-run.ts';
import { validateName } from './task-spec.ts';
import { validateBinding } from './workspaces.ts';

/** What is wrong with a PipelineRun, as Tekton's admission webhook says it. */
export function validatePipelineRun(run: PipelineRun): FieldErrors {
  const errors = new FieldErrors().merge('metadata', validateName(run.metadata?.name));
  if (run.spec?.status === 'PipelineRunPending' && run.status?.startTime) {
    errors.invalidValue('PipelineRun cannot be Pending after it is started', 'spec.status');
  }
  return errors.merge('spec', validateSpec(run.spec ?? {}));
}

function validateSpec(spec: PipelineRunSpec): FieldErrors {
  const errors = new FieldErrors();
  const { pipelineRef, pipelineSpec, params = [] } = spec;
  if (!pipelineRef && !pipelineSpec) errors.gotNeither('pipelineRef', 'pipelineSpec');
  if (pipelineRef && pipelineSpec) errors.gotBoth('pipelineRef', 'pipelineSpec');
  if (pipelineRef) errors.merge('pipelineRef', validateRef(pipelineRef));
  if (pipelineSpec) {
    errors.merge('pipelineSpec', validatePipelineSpec(pipelineSpec));
    errors.merge('pipelineSpec', validateInlineParams(pipelineSpec, spec));
  }
  for (const name of repeatedNames(params)) errors.gotBoth(`params[${name}].name`);
  for (const { name, value } of params) {
    const results = expressionsOf(value).filter(looksLikeResult);
    if (results.length === 0) continue;
    const problem = `cannot use result expressions in ${goList(results)} as PipelineRun parameter values`;
    errors.invalidValue(problem, `params[${name}].value`);
  }
  validateStatus(spec, errors);
  validateTimeouts(spec, errors);
  validateTaskRunSpecs(spec, errors);
  return errors.merge('workspaces', validateWorkspaces(spec));
}

function validateStatus({ status = '' }: PipelineRunSpec, errors: FieldErrors): void {
  const known = ['', 'Cancelled', 'CancelledRunFinally', 'StoppedRunFinally', 'PipelineRunPending'];
  if (known.includes(status)) return;
  errors.invalidValue(
    `${status} should be Cancelled, CancelledRunFinally, StoppedRunFinally or PipelineRunPending`,
    'status',
  );
}

/** The parts fit in the whole; 0 is without limit. */
function validateTimeouts({ timeouts }: PipelineRunSpec, errors: FieldErrors): void {
  if (!timeouts) return;
  const before = errors.problems.length;
  for (const part of ['tasks', 'finally', 'pipeline'] as const) {
    const text = timeouts[part];
    if (text !== undefined) validateDuration(text, `timeouts.${part}`, errors);
  }
  if (errors.problems.length > before || timeouts.pipeline === undefined) return;
  const limit = parseDuration(timeouts.pipeline);
  const rule = 'should be <= pipeline duration';
  for (const part of ['tasks', 'finally'] as const) {
    const text = timeouts[part];
    if (text === undefined || limit === 0) continue;
    const own = parseDuration(text);
    if (own === 0) errors.invalidValue(`${text} (no timeout) ${rule}`, `timeouts.${part}`);
    else if (own > limit) errors.invalidValue(`${text} ${rule}`, `timeouts.${part}`);
  }
  if (timeouts.tasks === undefined || timeouts.finally === undefined || limit === 0) return;
  if (parseDuration(timeouts.tasks) + parseDuration(timeouts.finally) > limit) {
    const problem = `${timeouts.tasks} + ${timeouts.finally} ${rule}`;
    errors.invalidValue(problem, 'timeouts.tasks').invalidValue(problem, 'timeouts.finally');
  }
}

function validateTaskRunSpecs({ taskRunSpecs = [], timeouts }: PipelineRunSpec, errors: FieldErrors): void {
  for (const [index, spec] of taskRunSpecs.entries()) {
    const path = `taskRunSpecs[${index}]`;
    errors.merge(`${path}.stepSpecs`, validateOverrides(spec.stepSpecs ?? []));
    errors.merge(`${path}.sidecarSpecs`, validateOverrides(spec.sidecarSpecs ?? []));
    if (spec.computeResources && (spec.stepSpecs ?? []).some((step) => step.computeResources)) {
      errors.gotBoth(`${path}.stepSpecs.resources`, `${path}.computeResources`);
    }
    if (spec.timeout === undefined) continue;
    const before = errors.problems.length;
    validateDuration(spec.timeout, `${path}.timeout`, errors);
    const limit = timeouts?.tasks ?? timeouts?.pipeline;
    if (errors.problems.length > before || limit === undefined) continue;
    const source = timeouts?.tasks ? 'pipeline tasks duration' : 'pipeline duration';
    if (isLonger(spec.timeout, limit)) {
      errors.invalidValue(`${spec.timeout} should be <= ${source} ${limit}`, `${path}.timeout`);
    }
  }
}

function isLonger(text: string, limit: string): boolean {
  try {
    return parseDuration(limit) > 0 && parseDuration(text) > parseDuration(limit);
  } catch {
    return false; // the limit is wrong, which is said where it stands
  }
}

function validateWorkspaces({ workspaces = [] }: PipelineRunSpec): FieldErrors {
  const errors = new FieldErrors();
  const first = new Map<string, number>();
  for (const [index, binding] of workspaces.entries()) {
    errors.merge(`[${index}]`, validateBinding(binding));
    const before = first.get(binding.name);
    if (before !== undefined) {
      errors.add(
        `workspace ${quote(binding.name)} provided by pipelinerun more than once, at index ${before} and ${index}`,
        `[${index}].name`,
      );
    }
    first.set(binding.name, index);
  }
  return errors;
}

/** An embedded Pipeline may use params that only the run declares, by giving them a value. */
function validateInlineParams(spec: PipelineSpec, run: PipelineRunSpec): FieldErrors {
  const errors = new FieldErrors();
  const all = [...(spec.tasks ?? []), ...(spec.finally ?? [])];
  const known = new Map([
    ...all.flatMap((task) => paramsOf(task)).map((param): [string, ParamSpec] => [param.name, param]),
    ...(run.params ?? []).map((param): [string, ParamSpec] => [param.name, specOfValue(param)]),
    ...(spec.params ?? []).map((param): [string, ParamSpec] => [param.name, param]),
  ]);
  for (const section of ['tasks', 'finally'] as const) {
    const tasks = spec[section] ?? [];
    errors.merge(section, validateParamsInTasks(tasks, [...known.values()]));
    for (const [index, task] of tasks.entries()) {
      const seen = new Map(known);
      for (const param of paramsOf(task)) seen.set(param.name, merged(seen.get(param.name), param));
      const path = `${section}[${index}].taskSpec`;
      errors.merge(path, validateParamUse(task.taskSpec?.steps ?? [], [...seen.values()].map(withKnownKeys)));
      errors.merge(path, missingProperties(task));
    }
  }
  return errors;
}

/** What a pipeline task gives its Task, or its Task declares; the declaration wins. */
function paramsOf({ params = [], matrix, taskSpec }: PipelineTask): ParamSpec[] {
  const included = matrix?.include?.flatMap((include) => include.params ?? []) ?? [];
  const combined = [...(matrix?.params ?? []), ...included].map(({ name }) => name);
  return [
    ...params.map(specOfValue),
    ...combined.map((name): ParamSpec => ({ name, type: 'string' })),
    ...(taskSpec?.params ?? []),
  ];
}

/** A task's map has the keys of the run's, too. */
function merged(outer: ParamSpec | undefined, own: ParamSpec): ParamSpec {
  if (!outer?.properties || !own.properties) return own;
  return { ...own, properties: { ...outer.properties, ...own.properties } };
}

const isComplete = (param: ParamSpec): boolean => param.type !== 'object' || param.properties !== undefined;

/** A map whose keys are not known may be used by any key; that it needs properties is said where it is declared. */
const withKnownKeys = (param: ParamSpec): ParamSpec =>
  isComplete(param) ? param : { name: param.name, type: 'string' };

function missingProperties({ taskSpec }: PipelineTask): FieldErrors {
  const errors = new FieldErrors();
  for (const param of taskSpec?.params ?? []) {
    if (!isComplete(param)) errors.missing(`${param.name}.properties`);
  }
  return errors;
}

/** A started PipelineRun may only be cancelled or stopped; a finished one does not change. */
export function validatePipelineRunUpdate(run: PipelineRun, old: PipelineRun): FieldErrors {
  const errors = new FieldErrors();
  if (old.spec.managedBy !== run.spec.managedBy) {
    errors.invalidValue('managedBy is immutable', 'spec.managedBy');
  }
  const succeeded = old.status?.conditions?.find((condition) => condition.type === 'Succeeded');
  if (succeeded !== undefined && succeeded.status !== 'Unknown') {
    if (!isDeepStrictEqual(old.spec, run.spec)) {
      errors.invalidValue('Once the PipelineRun is complete, no updates are allowed', 'spec');
    }
    return errors;
  }
  if (!isDeepStrictEqual(frozenPart(old.spec), frozenPart(run.spec))) {
    errors.invalidValue('Once the PipelineRun has started, only status updates are allowed', 'spec');
  }
  return errors;
}

const frozenPart = (spec: PipelineRunSpec): object => without(spec, 'status', 'managedBy');

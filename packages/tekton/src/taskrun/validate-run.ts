import { type Param, type ParamSpec, parseQuantity, type TaskRun, type TaskSpec } from '@slipway/kube';
import { declaredType, typeOfValue } from '../params.ts';
import { findReferences, isWholeReference } from '../substitution/references.ts';
import { textsIn } from '../substitution/texts.ts';
import { goList } from '../validation/names.ts';
import { validateBinding } from '../validation/workspaces.ts';
import { without } from '../without.ts';
import type { ResolvedTask } from './resolve.ts';
import { RunFailure } from './run-failure.ts';

/** What can be known only with the Task and the run side by side; throws RunFailure in Tekton's words. */
export function validateRun(taskRun: TaskRun, task: ResolvedTask): void {
  const params = taskRun.spec.params ?? [];
  const specs = task.spec.params ?? [];
  validateRequests(task.spec);
  const problem = paramProblem(specs, params);
  if (problem) throw failed(`invalid input params for task ${task.name}: ${problem}`);
  validateEnums(specs, params);
  validateIndexes(task.spec, params);
  validateWorkspaces(taskRun, task.spec);
  validateOverrides(taskRun, task.spec);
}

const failed = (message: string): RunFailure => RunFailure.ofUser('TaskRunValidationFailed', message);

/** Why the params do not fit their declarations, in Tekton's words; undefined when they do. */
export function paramProblem(specs: readonly ParamSpec[], params: readonly Param[]): string | undefined {
  const given = new Set(params.map((param) => param.name));
  const missing = specs.filter((spec) => spec.default === undefined && !given.has(spec.name));
  if (missing.length > 0) {
    return `missing values for these params which have no default values: ${goList(missing.map(({ name }) => name))}`;
  }
  const types = new Map(specs.map((spec) => [spec.name, declaredType(spec)]));
  const wrong = params.filter(({ name, value }) => {
    const type = types.get(name);
    const mayBecomeIt = typeof value === 'string' && type !== 'string' && isWholeReference(value);
    return type !== undefined && typeOfValue(value) !== type && !mayBecomeIt;
  });
  if (wrong.length > 0) {
    return `param types don't match the user-specified type: ${goList(wrong.map(({ name }) => name))}`;
  }
  const incomplete = specs.flatMap((spec) => missingKeys(spec, params));
  if (incomplete.length === 0) return undefined;
  return `missing keys for these params which are required in ParamSpec's properties map${goList(incomplete)}`;
}

/** The keys that a declared map has and neither the value nor the default: `[name:[a b]]`. */
export function missingKeys(spec: ParamSpec, params: readonly Param[]): string[] {
  if (declaredType(spec) !== 'object') return [];
  const value = params.find((param) => param.name === spec.name)?.value;
  if (typeof value === 'string' && isWholeReference(value)) return []; // a result that is not known yet
  const provided = { ...objectOf(spec.default), ...objectOf(value) };
  const absent = Object.keys(spec.properties ?? {}).filter((key) => !(key in provided));
  return absent.length > 0 ? [`${spec.name}:${goList(absent)}`] : [];
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** A value that is not in its param's enum ends the run. */
export function validateEnums(specs: readonly ParamSpec[], params: readonly Param[]): void {
  const enums = new Map(specs.map((spec) => [spec.name, spec.enum ?? []]));
  for (const { name, value } of params) {
    const allowed = enums.get(name) ?? [];
    if (allowed.length === 0 || typeof value !== 'string' || value === '' || allowed.includes(value))
      continue;
    throw RunFailure.ofUser('InvalidParamValue', `param \`${name}\` value: ${value} is not in the enum list`);
  }
}

/** `$(params.x[7])` of an array with fewer items. */
function validateIndexes(spec: TaskSpec, params: readonly Param[]): void {
  const outside = outsideIndexes(without(spec, 'params'), spec.params ?? [], params);
  if (outside.length === 0) return;
  throw failed(`non-existent param references:${goList(outside)}`);
}

/** The references to items that the arrays do not have, wherever they stand in `value`; sorted, each once. */
export function outsideIndexes(
  value: unknown,
  specs: readonly ParamSpec[],
  params: readonly Param[],
): string[] {
  const lengths = new Map<string, number>();
  for (const given of [...specs.map((param) => ({ name: param.name, value: param.default })), ...params]) {
    if (Array.isArray(given.value)) lengths.set(given.name, given.value.length);
  }
  const outside = textsIn(value)
    .flatMap((text) => findReferences(text, 'params'))
    .filter(({ path, name }) => {
      const index = /\[(\d+)\]$/.exec(path)?.[1];
      const length = lengths.get(name);
      return index !== undefined && length !== undefined && Number(index) >= length;
    })
    .map((reference) => reference.text);
  return [...new Set(outside)].sort();
}

function validateWorkspaces(taskRun: TaskRun, spec: TaskSpec): void {
  const bindings = taskRun.spec.workspaces ?? [];
  for (const binding of bindings) {
    const errors = validateBinding(binding);
    if (!errors.isEmpty) throw failed(`binding "${binding.name}" is invalid: ${errors}`);
  }
  const bound = new Set(bindings.map((binding) => binding.name));
  for (const { name, optional } of spec.workspaces ?? []) {
    if (optional || bound.has(name)) continue;
    throw failed(`declared workspace "${name}" is required but has not been bound`);
  }
  if (taskRun.spec.taskSpec) return; // the bindings of a run are also workspaces of the Task that stands in it
  const declared = new Set((spec.workspaces ?? []).map((workspace) => workspace.name));
  for (const name of bound) {
    if (declared.has(name)) continue;
    throw failed(`workspace binding "${name}" does not match any declared workspace`);
  }
}

function validateOverrides(taskRun: TaskRun, spec: TaskSpec): void {
  const check = (
    what: string,
    overrides: readonly { name: string }[],
    known: readonly { name: string }[],
  ) => {
    const stray = overrides.find(({ name }) => !known.some((user) => user.name === name));
    if (stray) throw failed(`invalid ${what}Override: No ${what} named ${stray.name}`);
  };
  check('Step', taskRun.spec.stepSpecs ?? [], spec.steps ?? []);
  check('Sidecar', taskRun.spec.sidecarSpecs ?? [], spec.sidecars ?? []);
}

function validateRequests(spec: TaskSpec): void {
  for (const step of spec.steps ?? []) {
    for (const [resource, request] of Object.entries(step.computeResources?.requests ?? {})) {
      const limits = { ...spec.stepTemplate?.computeResources?.limits, ...step.computeResources?.limits };
      const limit = limits[resource];
      if (limit === undefined || parseQuantity(`${request}`) <= parseQuantity(`${limit}`)) continue;
      throw failed(`invalid request resource value: ${request} must be less or equal to limit ${limit}`);
    }
  }
}

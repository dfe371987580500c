import type { Param, PipelineTask } from '@slipway/kube';
import { typeOfValue } from '../params.ts';
import { looksLikeResult, parseResultReference } from '../substitution/result-references.ts';
import { FieldErrors } from './field-errors.ts';
import { quote } from './names.ts';
import { expressionsOf } from './pipeline-variables.ts';

/** Tekton's default of default-max-matrix-combinations-count. */
export const MAX_COMBINATIONS = 256;

/** The matrix of a task: unique names, lists to combine, texts to include, and not too many runs. */
export function validateMatrix({ matrix, params = [] }: PipelineTask): FieldErrors {
  const errors = new FieldErrors();
  if (!matrix) return errors;
  validateParams(matrix.params ?? [], 'matrix.params', 'array', errors);
  for (const [index, include] of (matrix.include ?? []).entries()) {
    validateParams(include.params ?? [], `matrix.include[${index}].params`, 'string', errors);
  }
  const included = matrix.include?.flatMap((include) => include.params ?? []) ?? [];
  const names = new Set([...(matrix.params ?? []), ...included].map(({ name }) => name));
  for (const { name } of params) {
    if (names.has(name)) errors.gotBoth(`matrix[${name}]`, `params[${name}]`);
  }
  const count = (matrix.params ?? []).reduce(
    (product, { value }) => product * (Array.isArray(value) && value.length > 0 ? value.length : 1),
    1,
  );
  if (count > MAX_COMBINATIONS) {
    errors.add(`expected 0 <= ${count} <= ${MAX_COMBINATIONS}`, 'matrix');
  }
  return errors;
}

function validateParams(
  params: readonly Param[],
  path: string,
  wanted: 'array' | 'string',
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  for (const [index, { name, value }] of params.entries()) {
    if (seen.has(name)) errors.add(repeatedParam(name), `${path}[${index}].name`);
    seen.add(name);
    const type = typeOfValue(value);
    const mayBecomeList = wanted === 'array' && type === 'string' && expressionsOf(value).length > 0;
    if (type === wanted || mayBecomeList) continue;
    errors.invalidValue(
      `parameters of type ${wanted} only are allowed, but param "${name}" has type "${type}"`,
      `${path}[${name}]`,
    );
  }
}

/** The results of a matrix are used together: `$(tasks.x.results.y[*])`. Paths start with `[index]`. */
export function validateMatrixResults(
  tasks: readonly PipelineTask[],
  all: readonly PipelineTask[],
): FieldErrors {
  const errors = new FieldErrors();
  const matrixed = new Set(all.filter(({ matrix }) => matrix !== undefined).map(({ name }) => name));
  for (const [index, { params = [] }] of tasks.entries()) {
    for (const { name, value } of params) {
      const single = expressionsOf(value).find((expression) => {
        const task = looksLikeResult(expression) ? parseResultReference(expression)?.task : undefined;
        return task !== undefined && matrixed.has(task) && !expression.endsWith('[*]');
      });
      if (single === undefined) continue;
      errors.add(
        `A matrixed pipelineTask can only be consumed in aggregate using [*] notation, but is currently set to ${single}`,
        `[${index}].params[${name}].value`,
      );
    }
  }
  return errors;
}

/** Tekton's words for a name that comes again. */
export const repeatedParam = (name: string): string =>
  `parameter names must be unique, the parameter ${quote(name)} is also defined at`;

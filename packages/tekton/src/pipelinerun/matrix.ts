import type { Matrix, Param } from '@slipway/kube';
import { textOf } from '../params.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import { MAX_COMBINATIONS } from '../validation/pipeline-matrix.ts';

type Combination = Readonly<Record<string, string>>;

/**
 * The params of each run of a matrix: all combinations of its lists, completed by what it includes; an included entry that
 * fits none is a combination of its own. The first list varies fastest, as in Tekton. Undefined while a list is a result
 * that is not known; a RunFailure when there are too many.
 */
export function fanOut(matrix: Matrix): Param[][] | undefined {
  const lists = matrix.params ?? [];
  if (lists.some(({ value }) => !Array.isArray(value))) return undefined;
  const count = lists.reduce((product, { value }) => product * (value as string[]).length, 1);
  if (count > MAX_COMBINATIONS) {
    const why = `expected 0 <= ${count} <= ${MAX_COMBINATIONS}`;
    throw RunFailure.ofUser('PipelineValidationFailed', `the matrix has too many combinations: ${why}`);
  }
  const included = (matrix.include ?? []).map((include) => combinationOf(include.params ?? []));
  if (lists.length === 0) return included.map(paramsOf);
  let combinations: Combination[] = [{}];
  for (const { name, value } of lists) {
    combinations = (value as string[]).flatMap((item) =>
      combinations.map((combination) => ({ ...combination, [name]: textOf(item) })),
    );
  }
  const completed = combinations.map((combination) => included.reduce(completedBy, combination));
  const own = included.filter(
    (include) => Object.keys(include).length > 0 && !completed.some((each) => shares(each, include)),
  );
  return [...completed, ...own].map(paramsOf);
}

/** Whether a list of the matrix is empty: there is nothing to run. */
export function isEmptyMatrix(matrix: Matrix | undefined): boolean {
  return (matrix?.params ?? []).some(({ value }) => Array.isArray(value) && value.length === 0);
}

const combinationOf = (params: readonly Param[]): Combination =>
  Object.fromEntries(params.map(({ name, value }) => [name, textOf(value)]));

const completedBy = (combination: Combination, include: Combination): Combination =>
  agrees(combination, include) ? { ...combination, ...include } : combination;

const agrees = (combination: Combination, include: Combination): boolean =>
  Object.entries(include).every(([name, value]) => (combination[name] ?? value) === value);

const shares = (combination: Combination, include: Combination): boolean =>
  Object.entries(include).some(([name, value]) => combination[name] === value);

const paramsOf = (combination: Combination): Param[] =>
  Object.keys(combination)
    .sort()
    .map((name) => ({ name, value: combination[name]! }));

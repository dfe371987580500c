import type { ParamValue, PipelineTask } from '@slipway/kube';

/** `$(tasks.<task>.results.<result>…)`: the result of a task that another one uses. */
export interface ResultReference {
  readonly task: string;
  readonly result: string;
  /** Of `[2]`. */
  readonly index?: number;
  /** Of `.key`. */
  readonly key?: string;
}

const EXPRESSION = /\$\(([_a-zA-Z0-9.-]+(?:\[(?:[0-9]+|\*)\])?)\)/g;

/** What stands between `$(` and `)` wherever a text refers to a variable, in order. */
export function expressionsIn(text: string): string[] {
  return text.includes('$(') ? [...text.matchAll(EXPRESSION)].map((match) => match[1]!) : [];
}

/** Whether an expression is meant to be a result: `tasks.x.results.y`, also `finally.x.results.y` in results of a Pipeline. */
export function looksLikeResult(expression: string): boolean {
  const [section, , results, ...rest] = expression.split('.');
  return (section === 'tasks' || section === 'finally') && results === 'results' && rest.length > 0;
}

/** The result that an expression refers to; undefined when it refers to something else, or has too many parts. */
export function parseResultReference(expression: string): ResultReference | undefined {
  if (!looksLikeResult(expression)) return undefined;
  const [, task, , name, key, ...more] = expression.split('.');
  if (more.length > 0) return undefined;
  if (key !== undefined) return { task: task!, result: name!, key };
  const index = /\[(\d+)\]$/.exec(name!)?.[1];
  const result = name!.replace(/\[(?:\d+|\*)\]$/, '');
  return { task: task!, result, ...(index === undefined ? {} : { index: Number(index) }) };
}

/** Every text within a value: a string is itself, a list and a map have several. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

/** The results that a value refers to, in order. */
export function resultsInValue(value: ParamValue | undefined): ResultReference[] {
  return textsOf(value).flatMap(expressionsIn).flatMap(referenceOrNothing);
}

/** The results that a pipeline task uses: in params, matrix, when, and the steps and sidecars of an embedded Task. */
export function resultsUsedBy(task: PipelineTask): ResultReference[] {
  const { params, matrix, when, taskSpec } = task;
  const values = [
    params?.map(({ value }) => value),
    matrix?.params?.map(({ value }) => value),
    matrix?.include?.map((include) => include.params?.map(({ value }) => value)),
    when?.map(({ input, values, cel }) => [input, cel, values]),
    taskSpec?.steps,
    taskSpec?.sidecars,
  ];
  return textsOf(values).flatMap(expressionsIn).flatMap(referenceOrNothing);
}

function referenceOrNothing(expression: string): ResultReference[] {
  const reference = parseResultReference(expression);
  return reference ? [reference] : [];
}

/** The tasks that a pipeline task waits for: those of `runAfter`, and those whose results it uses. Sorted, each once. */
export function dependenciesOf(task: PipelineTask): string[] {
  const names = [...(task.runAfter ?? []), ...resultsUsedBy(task).map((reference) => reference.task)];
  return [...new Set(names)].sort();
}

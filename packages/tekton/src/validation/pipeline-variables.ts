import type { Param, ParamSpec, PipelineTask } from '@slipway/kube';
import { declaredType, typeOfValue } from '../params.ts';
import { findReferences, isWholeReference } from '../substitution/references.ts';
import { expressionsIn, looksLikeResult, textsOf } from '../substitution/result-references.ts';
import { FieldErrors } from './field-errors.ts';
import { quote } from './names.ts';
import { unknownReference } from './variables.ts';

/** A text of a pipeline task in which variables of the Pipeline may stand. */
interface TaskText {
  /** Relative to the task: `params[x].value`, `when[0].values`. */
  readonly path: string;
  readonly text: string;
  /** `item`: an item of a list, where a whole list may stand; `value`: a param, which may become a list or a map. */
  readonly place: 'text' | 'item' | 'value';
}

/** The texts of params, matrix and when, with their paths. */
function textsOfTask(task: PipelineTask): TaskText[] {
  const { params = [], matrix, when = [] } = task;
  const conditions = when.flatMap(({ input = '', values = [], cel = '' }, index): TaskText[] => [
    { path: `when[${index}].input`, text: input, place: 'value' },
    { path: `when[${index}].cel`, text: cel, place: 'text' },
    ...values.map((text): TaskText => ({ path: `when[${index}].values`, text, place: 'item' })),
  ]);
  const included = matrix?.include?.flatMap((include, index) =>
    textsOfParams(include.params ?? [], `matrix.include[${index}].params`),
  );
  return [
    ...textsOfParams(params, 'params'),
    ...textsOfParams(matrix?.params ?? [], 'matrix.params'),
    ...(included ?? []),
    ...conditions,
  ];
}

function textsOfParams(params: readonly Param[], prefix: string): TaskText[] {
  return params.flatMap(({ name, value }): TaskText[] => {
    const path = `${prefix}[${name}]`;
    if (Array.isArray(value)) {
      return value.map((text, index) => ({
        path: `${path}.value[${index}]`,
        text: String(text),
        place: 'item',
      }));
    }
    if (typeOfValue(value) === 'object') {
      return Object.entries(value).map(([key, text]) => ({
        path: `${path}.properties[${key}]`,
        text: String(text),
        place: 'text',
      }));
    }
    return [{ path: `${path}.value`, text: String(value), place: 'value' as const }];
  });
}

/** Tasks use declared params only: lists whole where a list may stand, maps by their keys. Paths start with `[index]`. */
export function validateParamsInTasks(
  tasks: readonly PipelineTask[],
  params: readonly ParamSpec[],
): FieldErrors {
  const known = knownParams(params);
  return eachText(tasks, (text) => paramProblem(text, known));
}

interface KnownParams {
  readonly names: ReadonlySet<string>;
  readonly arrays: ReadonlySet<string>;
  readonly objects: ReadonlyMap<string, ReadonlySet<string>>;
}

function knownParams(params: readonly ParamSpec[]): KnownParams {
  const ofType = (type: string): ParamSpec[] => params.filter((param) => declaredType(param) === type);
  return {
    names: new Set(params.map(({ name }) => name)),
    arrays: new Set(ofType('array').map(({ name }) => name)),
    objects: new Map(
      ofType('object').map(({ name, properties = {} }) => [name, new Set(Object.keys(properties))]),
    ),
  };
}

function paramProblem(
  { text, place }: TaskText,
  { names, arrays, objects }: KnownParams,
): string | undefined {
  const unknown = unknownReference(text, 'params', names);
  if (unknown !== undefined) return unknown;
  if (place === 'value' && isWholeReference(text)) return undefined;
  for (const [name, keys] of objects) {
    const wrongKey = keys.size > 0 ? unknownReference(text, `params.${name}`, keys) : undefined;
    if (wrongKey !== undefined) return wrongKey;
  }
  const references = findReferences(text, 'params');
  const whole = (path: string): string => path.replace(/\[\*\]$/, '');
  if (references.some(({ path }) => objects.has(whole(path))))
    return `variable type invalid in ${quote(text)}`;
  if (!references.some(({ path }) => arrays.has(whole(path)))) return undefined;
  if (place !== 'item') return `variable type invalid in ${quote(text)}`;
  return references[0]!.text.length === text.length
    ? undefined
    : `variable is not properly isolated in ${quote(text)}`;
}

const CONTEXT = {
  'context.pipelineRun': new Set(['name', 'namespace', 'uid']),
  'context.pipeline': new Set(['name']),
  'context.pipelineTask': new Set(['retries']),
};

/** `$(context.…)` in params has these members only. */
export function validateContextInTasks(tasks: readonly PipelineTask[]): FieldErrors {
  return eachText(tasks, ({ text, path }) => {
    if (path.startsWith('when')) return undefined;
    return Object.entries(CONTEXT)
      .map(([prefix, members]) => unknownReference(text, prefix, members))
      .find((problem) => problem !== undefined);
  });
}

const PREFIXES = ['params', 'tasks', 'finally', 'context', 'workspaces', 'results', 'resources'];

/** A variable of a task starts with something that exists; a shell's variable does not belong there. */
export function validatePrefixes(tasks: readonly PipelineTask[]): FieldErrors {
  return eachText(tasks, ({ text }) => {
    const wrong = expressionsIn(text).find((expression) => !PREFIXES.includes(expression.split('.')[0]!));
    if (wrong === undefined) return undefined;
    return `invalid value: invalid variable reference ${quote(`$(${wrong})`)}, must start with a valid prefix: params, tasks, finally, context, workspaces, or results; if you meant a shell variable, use \${VAR} instead`;
  });
}

/** `$(tasks.x.status)`, `$(tasks.x.reason)` and `$(tasks.status)`: how tasks ended. */
function isStatus(expression: string): boolean {
  return /^tasks\.(?:.*\.)?(?:status|reason)$/.test(expression) && !looksLikeResult(expression);
}

/** How a task ended is known to the tasks of `finally` only. */
export function validateNoStatus(tasks: readonly PipelineTask[]): FieldErrors {
  return eachText(tasks, ({ text }) =>
    expressionsIn(text).some(isStatus)
      ? 'invalid value: pipeline tasks can not refer to execution status of any other pipeline task or aggregate status of tasks'
      : undefined,
  );
}

/** The tasks of `finally` ask how tasks ended that exist. */
export function validateStatusInFinally(
  tasks: readonly PipelineTask[],
  names: ReadonlySet<string>,
): FieldErrors {
  return eachText(tasks, ({ text }) => {
    const stranger = expressionsIn(text)
      .filter((expression) => isStatus(expression) && expression !== 'tasks.status')
      .map((expression) => expression.replace(/^tasks\./, '').replace(/\.(?:status|reason)$/, ''))
      .find((name) => !names.has(name));
    return stranger === undefined
      ? undefined
      : `invalid value: pipeline task ${stranger} is not defined in the pipeline`;
  });
}

function eachText(
  tasks: readonly PipelineTask[],
  check: (text: TaskText) => string | undefined,
): FieldErrors {
  const errors = new FieldErrors();
  for (const [index, task] of tasks.entries()) {
    for (const text of textsOfTask(task)) {
      const message = check(text);
      if (message !== undefined) errors.add(message, `[${index}].${text.path}`);
    }
  }
  return errors;
}

/** The expressions in all texts of a value. */
export const expressionsOf = (value: unknown): string[] => textsOf(value).flatMap(expressionsIn);

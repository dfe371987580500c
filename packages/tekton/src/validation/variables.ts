import type { Step, TaskResult } from '@slipway/kube';
import { findReferences } from '../substitution/references.ts';
import { FieldErrors } from './field-errors.ts';
import { quote } from './names.ts';

/** A text of a step in which variables may stand. */
interface StepText {
  readonly path: string;
  readonly text: string;
  /** An item of `command` or `args`, where a whole array may stand. */
  readonly isListItem: boolean;
}

function textsOf(step: Step): StepText[] {
  const texts: [string, string | undefined][] = [
    ['name', step.name],
    ['image', step.image],
    ['workingDir', step.workingDir],
    ['script', step.script],
    ...(step.env ?? []).map(({ name, value }): [string, string | undefined] => [`env[${name}]`, value]),
  ];
  for (const [index, mount] of (step.volumeMounts ?? []).entries()) {
    for (const field of ['name', 'mountPath', 'subPath'] as const) {
      texts.push([`volumeMounts[${index}].${field}`, mount[field]]);
    }
  }
  const list = (field: 'command' | 'args'): StepText[] =>
    (step[field] ?? []).map((text, index) => ({ path: `${field}[${index}]`, text, isListItem: true }));
  const plain = texts
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .map(([path, text]) => ({ path, text, isListItem: false }));
  return [...plain, ...list('command'), ...list('args')];
}

function eachText(
  steps: readonly Step[],
  check: (text: StepText) => string | undefined,
  extra: (step: Step) => StepText[] = () => [],
): FieldErrors {
  const errors = new FieldErrors();
  for (const [index, step] of steps.entries()) {
    for (const text of [...textsOf(step), ...extra(step)]) {
      const message = check(text);
      if (message !== undefined) errors.add(message, `steps[${index}].${text.path}`);
    }
  }
  return errors;
}

/** The message for the first reference under `prefix` to a name that is not known, or that is malformed. */
export function unknownReference(
  text: string,
  prefix: string,
  known: ReadonlySet<string>,
): string | undefined {
  for (const reference of findReferences(text, prefix)) {
    if (!reference.wellFormed) return malformed(text, prefix);
    if (!known.has(reference.name)) return `non-existent variable in ${quote(text)}`;
  }
  return undefined;
}

function malformed(text: string, prefix: string): string {
  return `Invalid referencing of parameters in "${text}"! Only two dot-separated components after the prefix "${prefix}" are allowed.`;
}

/** Steps may refer under `prefix` (`params`, `context.taskRun`) to these names only. */
export function validateReferences(
  steps: readonly Step[],
  prefix: string,
  known: ReadonlySet<string>,
): FieldErrors {
  const onError = (step: Step): StepText[] =>
    step.onError ? [{ path: 'onError', text: step.onError, isListItem: false }] : [];
  return eachText(steps, ({ text }) => unknownReference(text, prefix, known), onError);
}

/** An array param is used whole only as an item of command or args, alone; elsewhere by index. */
export function validateArrayUse(steps: readonly Step[], arrays: ReadonlySet<string>): FieldErrors {
  return eachText(steps, ({ text, isListItem }) => {
    const references = findReferences(text, 'params');
    const bad = references.find((reference) => !reference.wellFormed);
    if (bad) return malformed(text, 'params');
    const whole = references.filter((reference) => arrays.has(reference.path.replace(/\[\*\]$/, '')));
    if (whole.length === 0) return undefined;
    if (!isListItem) return `variable type invalid in ${quote(text)}`;
    return references[0]!.text.length === text.length
      ? undefined
      : `variable is not properly isolated in ${quote(text)}`;
  });
}

/** An object param is used by key only; the keys are those of its properties. */
export function validateObjectUse(
  steps: readonly Step[],
  objects: ReadonlyMap<string, ReadonlySet<string>>,
): FieldErrors {
  const errors = new FieldErrors();
  for (const [name, keys] of objects) errors.merge('', validateReferences(steps, `params.${name}`, keys));
  const whole = eachText(steps, ({ text }) => {
    const isWhole = findReferences(text, 'params').some((reference) =>
      objects.has(reference.path.replace(/\[\*\]$/, '')),
    );
    return isWhole ? `variable type invalid in ${quote(text)}` : undefined;
  });
  return errors.merge('', whole);
}

/** `$(context.…)` has these members only. */
export function validateContext(steps: readonly Step[]): FieldErrors {
  return new FieldErrors()
    .merge('', validateReferences(steps, 'context.taskRun', new Set(['name', 'namespace', 'uid'])))
    .merge('', validateReferences(steps, 'context.task', new Set(['name', 'retry-count'])));
}

/** A script may refer to declared results only. */
export function validateResultReferences(
  steps: readonly Step[],
  results: readonly TaskResult[],
): FieldErrors {
  const errors = new FieldErrors();
  const names = new Set(results.map((result) => result.name));
  for (const [index, step] of steps.entries()) {
    const own = new Set((step.results ?? []).map((result) => result.name));
    const script = step.script ?? '';
    const message =
      unknownReference(script, 'results', names) ??
      (step.results ? unknownReference(script, 'step.results', own) : undefined);
    if (message !== undefined) errors.add(message, `steps[${index}].script`);
  }
  return errors;
}

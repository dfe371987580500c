import type { Param, ParamValue, WhenExpression } from '@slipway/kube';
import { textOf, typeOfValue } from '../params.ts';
import { isWholeReference } from './references.ts';
import { type Replacements, replaceInList, replaceInText } from './replacements.ts';

/** Replacements in which a whole object may stand for a value, too: a param that is exactly `$(params.x[*])`. */
export interface PipelineReplacements extends Replacements {
  readonly objects: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Replacements of strings only, for a Pipeline. */
export function pipelineStrings(entries: Iterable<readonly [string, string]>): PipelineReplacements {
  return { strings: new Map(entries), arrays: new Map(), objects: new Map() };
}

/** All of them; a later one wins. */
export function mergeReplacements(...parts: readonly PipelineReplacements[]): PipelineReplacements {
  return {
    strings: new Map(parts.flatMap(({ strings }) => [...strings])),
    arrays: new Map(parts.flatMap(({ arrays }) => [...arrays])),
    objects: new Map(parts.flatMap(({ objects }) => [...objects])),
  };
}

/** The value with its variables replaced: a text that is exactly a reference to a list or a map becomes that. */
export function replaceInValue(value: ParamValue, replacements: PipelineReplacements): ParamValue {
  if (Array.isArray(value)) return replaceInList(value.map(textOf), replacements);
  if (typeOfValue(value) === 'object') {
    const entries = Object.entries(value).map(([key, text]) => [
      key,
      replaceInText(textOf(text), replacements),
    ]);
    return Object.fromEntries(entries) as Record<string, string>;
  }
  const text = textOf(value);
  const whole = isWholeReference(text) ? text.slice(2, -1).replace(/\[\*\]$/, '') : undefined;
  if (whole !== undefined) {
    const list = replacements.arrays.get(whole);
    if (list) return [...list];
    const object = replacements.objects.get(whole);
    if (object) return { ...object };
  }
  return replaceInText(text, replacements);
}

/** Params with the variables in their values replaced. */
export function replaceInParams(params: readonly Param[], replacements: PipelineReplacements): Param[] {
  return params.map(({ name, value }) => ({ name, value: replaceInValue(value, replacements) }));
}

/** A condition with its variables replaced; a list in `input` is compared as JSON, in `values` it is several values. */
export function replaceInWhen(when: WhenExpression, replacements: PipelineReplacements): WhenExpression {
  const { input, values, cel } = when;
  const list = input === undefined ? undefined : wholeList(input, replacements);
  const text = list ? JSON.stringify(list) : replaceInText(input ?? '', replacements);
  return {
    ...when,
    ...(input === undefined ? {} : { input: text }),
    ...(values === undefined ? {} : { values: replaceInList(values, replacements) }),
    ...(cel === undefined ? {} : { cel: replaceInText(cel, replacements) }),
  };
}

function wholeList(text: string, { arrays }: Replacements): readonly string[] | undefined {
  return text.endsWith('[*])') ? arrays.get(text.slice(2, -'[*])'.length)) : undefined;
}

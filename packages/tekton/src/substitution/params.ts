import type { Param, ParamSpec, ParamValue } from '@slipway/kube';
import { textOf, typeOfValue } from '../params.ts';
import { findReferences } from './references.ts';
import { type Replacements, replaceInText } from './replacements.ts';

/** The ways to write a reference to a param; the last one is v1alpha1's and Tekton still takes it. */
const SPELLINGS = [
  (name: string) => `params.${name}`,
  (name: string) => `params["${name}"]`,
  (name: string) => `params['${name}']`,
  (name: string) => `inputs.params.${name}`,
];

interface MutableReplacements extends Replacements {
  readonly strings: Map<string, string>;
  readonly arrays: Map<string, readonly string[]>;
}

/**
 * What `$(params.…)` stands for: the run's values over the Task's defaults, an object's keys one by one.
 * A default may refer to another param.
 */
export function paramReplacements(specs: readonly ParamSpec[], params: readonly Param[]): Replacements {
  const replacements: MutableReplacements = { strings: new Map(), arrays: new Map() };
  const withDefault = specs.filter((spec) => spec.default !== undefined);
  const refersToParam = (spec: ParamSpec): boolean =>
    typeof spec.default === 'string' && findReferences(spec.default, 'params').length > 0;

  for (const spec of withDefault.filter((spec) => !refersToParam(spec))) {
    addParam(replacements, spec.name, spec.default!);
  }
  for (const { name, value } of params) addParam(replacements, name, value);
  const given = new Set(params.map((param) => param.name));
  for (const spec of withDefault.filter(refersToParam)) {
    if (!given.has(spec.name)) {
      addParam(replacements, spec.name, replaceInText(spec.default as string, replacements));
    }
  }
  return replacements;
}

function addParam({ strings, arrays }: MutableReplacements, name: string, value: ParamValue): void {
  const type = typeOfValue(value);
  if (type === 'object') {
    for (const [key, text] of Object.entries(value)) strings.set(`params.${name}.${key}`, textOf(text));
    return;
  }
  for (const spelling of SPELLINGS) {
    const key = spelling(name);
    if (type === 'string') {
      strings.set(key, textOf(value));
      continue;
    }
    const items = (value as string[]).map(textOf);
    for (const stale of [...strings.keys()].filter((known) => known.startsWith(`${key}[`))) {
      strings.delete(stale); // a shorter array hides the default's items
    }
    items.forEach((item, index) => {
      strings.set(`${key}[${index}]`, item);
    });
    arrays.set(key, items);
  }
}

import { SlipwayError } from '@slipway/core';
import type { Param, ParamSpec } from '@slipway/kube';

/** The params given on the command line; what is declared decides what a text means. */
export function paramsOf(
  given: Readonly<Record<string, string>> = {},
  declared: readonly ParamSpec[] = [],
): Param[] {
  return Object.entries(given).map(([name, value]) => {
    const type = declared.find((spec) => spec.name === name)?.type ?? 'string';
    if (type === 'array') return { name, value: value === '' ? [] : value.split(',') };
    return { name, value: type === 'object' ? objectOf(name, value) : value };
  });
}

/** As tkn: an array is written a,b and an object key:value,key:value. */
function objectOf(name: string, value: string): Record<string, string> {
  const pairs = value.split(',').map((pair) => {
    const at = pair.indexOf(':');
    if (at > 0) return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const;
    throw new SlipwayError('usage', 'PARAM_OBJECT', `param ${name}: "${pair}" is not key:value`, {
      hint: `write it like -p ${name}=key:value,other:value`,
    });
  });
  return Object.fromEntries(pairs);
}

/** What is given wins over what is there of the same name. */
export function merged<T extends { name: string }>(own: readonly T[] = [], given: readonly T[] = []): T[] {
  return [...own.filter(({ name }) => !given.some((each) => each.name === name)), ...given];
}

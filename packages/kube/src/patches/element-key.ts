import { isObject, ownMember } from '../json/value.ts';
import type { ListSchema } from '../schema/schema.ts';
import { StatusError } from '../status-error.ts';

/** How server-side apply knows an element of a list: `k:{"name":"x"}` or `v:"x"`. Throws BadRequest where a key is missing. */
export function elementStep(item: unknown, list: ListSchema): string {
  if (list.listType === 'set') return `v:${JSON.stringify(item)}`;
  const fields = list.items.kind === 'object' ? list.items.fields : undefined;
  const keys = [...list.keys].sort().flatMap((name) => {
    const value = (isObject(item) ? ownMember(item, name) : undefined) ?? fields?.get(name)?.default;
    return value === undefined ? [] : [[name, value] as const];
  });
  if (keys.length === 0) {
    throw StatusError.badRequest(
      `associative list with keys has an element that omits key field "${list.keys[0]}" (and doesn't have default value)`,
    );
  }
  return `k:${JSON.stringify(Object.fromEntries(keys))}`;
}

/** The elements of a list by step, in order; of equal elements the last counts. */
export function elementsByStep(items: readonly unknown[], list: ListSchema): Map<string, unknown> {
  return new Map(items.map((item) => [elementStep(item, list), item]));
}

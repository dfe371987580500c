import type { KubeObject } from '../objects/metadata.ts';
import { StatusError } from '../status-error.ts';

/** One condition on a field of the object; a selector is the list of all that must hold. */
export interface FieldRequirement {
  /** A dotted path: `metadata.name`, `involvedObject.uid`. */
  readonly path: string;
  readonly equal: boolean;
  readonly value: string;
}

/** The requirements of `metadata.name=x,status.phase!=Running`; empty text selects everything. Throws BadRequest. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  const parts = text.split(/(?<!\\),/).filter((part) => part !== '');
  return parts.map((part) => {
    const match = /^\s*([A-Za-z0-9.]+)\s*(==|=|!=)(.*)$/s.exec(part);
    if (!match) {
      throw StatusError.badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    }
    const value = match[3]!.replace(/\\([\\,=])/g, '$1');
    return { path: match[1]!, equal: match[2] !== '!=', value };
  });
}

/** Whether the object satisfies every requirement; an absent field is the empty string. */
export function matchesFields(selector: readonly FieldRequirement[], object: KubeObject): boolean {
  return selector.every(({ path, equal, value }) => (fieldText(object, path) === value) === equal);
}

function fieldText(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return '';
    value = (value as Record<string, unknown>)[name];
  }
  return value === undefined || value === null ? '' : String(value);
}

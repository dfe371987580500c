import type { PipelineResourceSpec } from '@slipway/kube';
import { FieldErrors } from '../../validation/field-errors.ts';
import { itemsOf, type Json, jsonOf } from '../json.ts';
import { isResourceKind, unknownType, validateResourceSpec } from './resource-spec.ts';

/** The resources that a Task or Pipeline declares: known types, each name once. Paths start with the list's index. */
export function validateDeclarations(list: unknown): FieldErrors {
  const errors = validateNames(list);
  for (const [index, { type }] of itemsOf(list).entries()) {
    if (typeof type === 'string' && !isResourceKind(type)) unknownType(errors, type, `[${index}].type`);
  }
  return errors;
}

/** The resources that a run gives: each by reference or in place, each name once. */
export function validateBindings(list: unknown): FieldErrors {
  const errors = validateNames(list);
  for (const [index, { resourceRef, resourceSpec }] of itemsOf(list).entries()) {
    const paths = [`[${index}].resourceRef`, `[${index}].resourceSpec`];
    const hasRef = Boolean(jsonOf(resourceRef).name);
    if (hasRef && resourceSpec !== undefined) errors.gotBoth(...paths);
    else if (resourceSpec !== undefined) {
      errors.merge(`[${index}].resourceSpec`, validateResourceSpec(resourceSpec as PipelineResourceSpec));
    } else if (!hasRef) errors.gotNeither(...paths);
  }
  return errors;
}

/** Each name once, whatever its case. */
export function validateNames(list: unknown): FieldErrors {
  const errors = new FieldErrors();
  const seen = new Set<string>();
  for (const [index, { name }] of itemsOf(list).entries()) {
    const key = String(name).toLowerCase();
    if (seen.has(key)) errors.gotBoth(`[${index}].name`);
    seen.add(key);
  }
  return errors;
}

/** Both of two fields that are one field in two generations of the API. */
export function refuseBoth(
  errors: FieldErrors,
  object: Json,
  pairs: readonly (readonly [string, string])[],
): void {
  for (const [old, later] of pairs) {
    if (valueAt(object, old) !== undefined && valueAt(object, later) !== undefined)
      errors.gotBoth(old, later);
  }
}

/** What stands at a path of fields (`inputs.params`). */
export function valueAt(object: unknown, path: string): unknown {
  const names = path.split(/[.[\]]+/).filter((name) => name !== '');
  return names.reduce<unknown>((value, name) => (value as Json | undefined | null)?.[name], object);
}

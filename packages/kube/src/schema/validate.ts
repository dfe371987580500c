import { type FieldError, fieldPath, requiredField, typeField, unsupportedField } from '../field-error.ts';
import { isObject, ownMember } from '../json/value.ts';
import type { KubeObject } from '../objects/metadata.ts';
import { kindRules } from '../validation/kind-rules.ts';
import type { KindSchema } from './kinds.ts';
import { checkScalar } from './scalars.ts';
import type { FieldSchema, ListSchema, ObjectSchema, Schema } from './schema.ts';

interface Walk {
  readonly errors: FieldError[];
  /**
   * Kinds of Kubernetes itself: enumerations count, and an empty string is an absent one, as in their Go types. A custom
   * resource may hold `$(params.x)` or an empty value anywhere.
   */
  readonly builtin: boolean;
}

/**
 * What is wrong with an object: types, required fields, enumerations, the form of quantities, times and durations; when
 * all that is right, also the rules of its kind. Unknown fields are `pruneObject`'s, names and labels
 * `validateMetadata`'s, and the rules of Tekton's kinds its own.
 */
export function validateObject(object: KubeObject, kind: KindSchema): FieldError[] {
  const walk: Walk = { errors: [], builtin: !kind.custom };
  validateFields(object, kind.schema, '', walk);
  return walk.errors.length > 0 ? walk.errors : kindRules(object, kind);
}

function validateValue(value: unknown, schema: Schema, path: string, walk: Walk): void {
  switch (schema.kind) {
    case 'scalar': {
      const error = checkScalar(schema.type, value, path);
      if (error) walk.errors.push(error);
      return;
    }
    case 'list':
      if (!Array.isArray(value)) walk.errors.push(typeField(path, value, 'array'));
      else validateList(value, schema, path, walk);
      return;
    case 'map':
      if (!isObject(value)) walk.errors.push(typeField(path, value, 'object'));
      else {
        for (const [key, member] of Object.entries(value)) {
          validateValue(member, schema.values, fieldPath(path, key), walk);
        }
      }
      return;
    case 'object':
      if (!isObject(value)) walk.errors.push(typeField(path, value, 'object'));
      else validateFields(value, schema, path, walk);
  }
}

function validateList(items: readonly unknown[], schema: ListSchema, path: string, walk: Walk): void {
  for (const [index, item] of items.entries())
    validateValue(item, schema.items, fieldPath(path, index), walk);
}

function validateFields(
  object: Readonly<Record<string, unknown>>,
  schema: ObjectSchema,
  path: string,
  walk: Walk,
): void {
  for (const field of schema.fields.values()) {
    const value = ownMember(object, field.name);
    const at = fieldPath(path, field.name);
    if (value === undefined || value === null || (value === '' && isMissing(field, walk))) {
      if (field.required && !writtenByController(path, walk)) walk.errors.push(requiredField(at));
    } else {
      validateValue(value, field.schema, at, walk);
      if (walk.builtin) validateEnum(value, field, at, walk);
    }
  }
}

/** Whether an empty string is as good as none: not for values, which may be empty. */
function isMissing(field: FieldSchema, walk: Walk): boolean {
  return walk.builtin && field.required && field.name !== 'value';
}

/** Kubernetes checks no required fields in the status of its own kinds. */
function writtenByController(path: string, walk: Walk): boolean {
  return walk.builtin && /^status\b/.test(path);
}

function validateEnum(value: unknown, field: FieldSchema, path: string, walk: Walk): void {
  // An empty string stands for an absent value, as in Go.
  if (!field.oneOf || typeof value !== 'string' || value === '') return;
  if (!field.oneOf.includes(value)) walk.errors.push(unsupportedField(path, value, field.oneOf));
}

import { fieldPath } from '../field-error.ts';
import { isObject, type JsonObject, ownMember, setMember } from '../json/value.ts';
import type { KubeObject } from '../objects/metadata.ts';
import { splitApiVersion } from '../resources.ts';
import { StatusError } from '../status-error.ts';
import type { KindSchema } from './kinds.ts';
import type { ObjectSchema, Schema } from './schema.ts';

/** An object as it is stored, and what it was given beyond that. */
export interface Pruned {
  /** A copy without unknown fields and nulls. */
  readonly object: KubeObject;
  /** Paths of the unknown fields, in the order of the object. */
  readonly unknown: string[];
}

/** Brings an object to the form in which it is stored: only known fields, no nulls, Tekton values as strings. */
export function pruneObject(object: KubeObject, kind: KindSchema): Pruned {
  const unknown: string[] = [];
  const pruned = pruneFields(object, kind.schema, '', unknown) as KubeObject;
  return { object: pruned, unknown };
}

/** The error of `fieldValidation=Strict`, worded as the API does. */
export function strictDecodingError(
  object: Pick<KubeObject, 'apiVersion' | 'kind'>,
  problems: { readonly unknown: readonly string[]; readonly duplicate?: readonly string[] },
): StatusError {
  const texts = strictProblems(problems);
  const { version } = splitApiVersion(object.apiVersion);
  return StatusError.badRequest(
    `${object.kind} in version "${version}" cannot be handled as a ${object.kind}: strict decoding error: ${texts.join(', ')}`,
  );
}

/** `unknown field "spec.foo"` a field: what Strict refuses and Warn sends as warnings. */
export function strictProblems(problems: {
  readonly unknown: readonly string[];
  readonly duplicate?: readonly string[];
}): string[] {
  return [
    ...(problems.duplicate ?? []).map((path) => `duplicate field "${path}"`),
    ...problems.unknown.map((path) => `unknown field "${path}"`),
  ];
}

function pruneValue(value: unknown, schema: Schema, path: string, unknown: string[]): unknown {
  if (schema.kind === 'scalar') return schema.type === 'paramValue' ? paramValue(value) : value;
  if (schema.kind === 'list' && Array.isArray(value)) {
    return value.map((item, index) => pruneValue(item, schema.items, fieldPath(path, index), unknown));
  }
  if (schema.kind === 'map' && isObject(value)) {
    const copy: JsonObject = {};
    for (const [key, member] of Object.entries(value)) {
      if (member === null || member === undefined) continue;
      setMember(copy, key, pruneValue(member, schema.values, fieldPath(path, key), unknown));
    }
    return copy;
  }
  // A value of the wrong type stays, for validateObject to name.
  if (schema.kind !== 'object' || !isObject(value)) return value;
  return pruneFields(value, schema, path, unknown);
}

function pruneFields(object: JsonObject, schema: ObjectSchema, path: string, unknown: string[]): JsonObject {
  const copy: JsonObject = {};
  for (const name of Object.keys(object)) {
    const value = ownMember(object, name);
    const field = schema.fields.get(name);
    const at = fieldPath(path, name);
    if (!field && !schema.open) unknown.push(at);
    else if (value !== null && value !== undefined) {
      setMember(copy, name, field ? pruneValue(value, field.schema, at, unknown) : value);
    }
  }
  return copy;
}

/** As Tekton reads a value that is no string, list or map of strings: its JSON text. */
function paramValue(value: unknown): unknown {
  const isText = (item: unknown): boolean => typeof item === 'string';
  if (isText(value)) return value;
  if (Array.isArray(value) ? value.every(isText) : isObject(value) && Object.values(value).every(isText)) {
    return value;
  }
  return JSON.stringify(value);
}

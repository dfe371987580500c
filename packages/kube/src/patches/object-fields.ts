import { isObject, ownMember } from '../json/value.ts';
import type { FieldSchema, Schema } from '../schema/schema.ts';
import { elementsByStep } from './element-key.ts';
import type { FieldSet } from './field-set.ts';

/** One part of a value that server-side apply tracks for itself. */
export interface Part {
  readonly step: string;
  readonly value: unknown;
  /** Undefined where the type is not described: the part is one leaf. */
  readonly schema: Schema | undefined;
  /** Owned also as a whole, and not only by what is below it: elements of lists and maps. */
  readonly element: boolean;
}

/** The parts of a value, or undefined for a leaf: a scalar, an atomic value, an empty object or list. */
export function partsOf(value: unknown, schema: Schema | undefined): Part[] | undefined {
  if (!schema || schema.kind === 'scalar') return undefined;
  if (schema.kind === 'list') {
    if (schema.listType === 'atomic' || !Array.isArray(value) || value.length === 0) return undefined;
    const items = schema.listType === 'map' ? schema.items : undefined;
    return [...elementsByStep(value, schema)].map(([step, item]) => ({
      step,
      value: item,
      schema: items,
      element: true,
    }));
  }
  if (!isObject(value) || Object.keys(value).length === 0) return undefined;
  if (schema.kind === 'object' && (schema.atomic || schema.open)) return undefined;
  return Object.keys(value).map((name) => ({
    step: `f:${name}`,
    value: ownMember(value, name),
    schema: schema.kind === 'map' ? schema.values : partSchema(schema.fields.get(name)),
    element: schema.kind === 'map',
  }));
}

/** The schema of a field's parts; undefined when the field is owned as a whole. */
export function partSchema(field: FieldSchema | undefined): Schema | undefined {
  return field?.atomic ? undefined : field?.schema;
}

/** Adds every path that a value sets; `maps` also adds the maps on the way, as the API does when it compares objects. */
export function insertFields(into: FieldSet, value: unknown, schema: Schema | undefined, maps = false): void {
  const parts = partsOf(value, schema);
  if (!parts || (maps && schema?.kind === 'map')) into.member = true;
  for (const part of parts ?? []) {
    const below = into.child(part.step);
    insertFields(below, part.value, part.schema, maps);
    if (part.element) below.member = true;
  }
}

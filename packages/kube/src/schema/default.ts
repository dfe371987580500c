import { isObject, type JsonObject, ownMember } from '../json/value.ts';
import type { KubeObject } from '../objects/metadata.ts';
import { kindDefaults } from './kind-defaults.ts';
import type { KindSchema } from './kinds.ts';
import type { ObjectSchema, Schema } from './schema.ts';

/**
 * Fills in what the API fills in at creation and update. Changes the object. Custom resources keep what their owner
 * gave: their defaults are their controller's.
 */
export function applyDefaults(object: KubeObject, kind: KindSchema): void {
  if (kind.custom) return;
  kindDefaults(object);
  defaultFields(object, kind.schema);
}

function defaultFields(object: JsonObject, schema: ObjectSchema): void {
  for (const field of schema.fields.values()) {
    let value = ownMember(object, field.name);
    if ((value === undefined || (value === '' && !field.explicit)) && field.default !== undefined) {
      value = structuredClone(field.default);
      object[field.name] = value;
    }
    if (value !== undefined) defaultValue(value, field.schema);
  }
}

function defaultValue(value: unknown, schema: Schema): void {
  if (schema.kind === 'object' && isObject(value)) defaultFields(value, schema);
  if (schema.kind === 'list' && Array.isArray(value)) {
    for (const item of value) defaultValue(item, schema.items);
  }
  if (schema.kind === 'map' && isObject(value)) {
    for (const member of Object.values(value)) defaultValue(member, schema.values);
  }
}

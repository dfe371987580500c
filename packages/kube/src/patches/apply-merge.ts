import { isObject, type JsonObject, ownMember, setMember } from '../json/value.ts';
import type { ListSchema, ObjectSchema, Schema } from '../schema/schema.ts';
import { elementStep, elementsByStep } from './element-key.ts';
import { FieldSet } from './field-set.ts';
import { mergeOrder } from './list-order.ts';
import { partSchema } from './object-fields.ts';

/** Puts an applied configuration over a live value: what it names wins, the rest stays. Neither is changed. */
export function mergeApplied(live: unknown, applied: unknown, schema: Schema | undefined): unknown {
  if (schema?.kind === 'list' && schema.listType !== 'atomic' && Array.isArray(applied)) {
    return mergeList(Array.isArray(live) ? live : [], applied, schema);
  }
  const divided = schema?.kind === 'map' || (schema?.kind === 'object' && !schema.atomic && !schema.open);
  if (!divided || !isObject(applied)) return structuredClone(applied);
  const merged: JsonObject = isObject(live) ? structuredClone(live) : {};
  for (const name of Object.keys(applied)) {
    const below = memberSchema(schema, name);
    setMember(merged, name, mergeApplied(ownMember(merged, name), ownMember(applied, name), below));
  }
  return merged;
}

function memberSchema(schema: Schema | undefined, name: string): Schema | undefined {
  if (schema?.kind === 'map') return schema.values;
  return schema?.kind === 'object' ? partSchema(schema.fields.get(name)) : undefined;
}

function mergeList(live: readonly unknown[], applied: readonly unknown[], schema: ListSchema): unknown[] {
  const before = elementsByStep(live, schema);
  const after = elementsByStep(applied, schema);
  return mergeOrder([...before.keys()], [...after.keys()]).map((step) => {
    if (!after.has(step)) return structuredClone(before.get(step));
    return mergeApplied(before.get(step), after.get(step), schema.items);
  });
}

/**
 * Removes the paths of `remove` from a value, unless `keep` has the path or one below it; objects and lists that become
 * empty by it go too. Changes the value.
 */
export function removeFields(value: unknown, schema: ObjectSchema, remove: FieldSet, keep: FieldSet): void {
  if (isObject(value)) removeMembers(value, schema, remove, keep);
}

/** Whether the value is to go as a whole. */
function removeBelow(
  value: unknown,
  schema: Schema | undefined,
  remove: FieldSet,
  keep: FieldSet | undefined,
): boolean {
  if (remove.member && (keep === undefined || keep.empty)) return true;
  if (remove.children.size === 0) return false;
  const none = keep ?? new FieldSet();
  if (isObject(value)) {
    removeMembers(value, schema, remove, none);
    return Object.keys(value).length === 0;
  }
  if (!Array.isArray(value) || schema?.kind !== 'list' || schema.listType === 'atomic') return false;
  removeElements(value, schema, remove, none);
  return value.length === 0;
}

function removeMembers(
  object: JsonObject,
  schema: Schema | undefined,
  remove: FieldSet,
  keep: FieldSet,
): void {
  for (const [step, below] of remove.children) {
    const name = step.slice(2);
    if (!step.startsWith('f:') || !Object.hasOwn(object, name)) continue;
    const gone = removeBelow(object[name], memberSchema(schema, name), below, keep.children.get(step));
    if (gone) delete object[name];
  }
}

function removeElements(items: unknown[], schema: ListSchema, remove: FieldSet, keep: FieldSet): void {
  const kept = items.filter((item) => {
    const step = elementStep(item, schema);
    const below = remove.children.get(step);
    return !below || !removeBelow(item, schema.items, below, keep.children.get(step));
  });
  items.splice(0, items.length, ...kept);
}

import { sameJson } from '../json/value.ts';
import type { Schema } from '../schema/schema.ts';
import { FieldSet } from './field-set.ts';
import { insertFields, partsOf } from './object-fields.ts';

/** How one object differs from another, as sets of field paths. */
export interface Comparison {
  /** Added or modified in the second. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** Compares two values of one type; what is added includes the objects and lists that are new as a whole. */
export function compareFields(one: unknown, other: unknown, schema: Schema | undefined): Comparison {
  const result = { changed: new FieldSet(), removed: new FieldSet() };
  compareValue(one, other, schema, result);
  return result;
}

function compareValue(one: unknown, other: unknown, schema: Schema | undefined, result: Comparison): void {
  if (sameJson(one, other)) return;
  const before = partsOf(one, schema);
  const after = partsOf(other, schema);
  if (!before || !after) {
    compareLeaf(one, other, before !== undefined, schema, result);
    return;
  }
  const old = new Map(before.map((part) => [part.step, part]));
  for (const part of after) {
    const below = { changed: result.changed.child(part.step), removed: result.removed.child(part.step) };
    const was = old.get(part.step);
    old.delete(part.step);
    if (was) compareValue(was.value, part.value, part.schema, below);
    else insertFields(below.changed, part.value, part.schema, true);
    result.changed.trim(part.step);
    result.removed.trim(part.step);
  }
  for (const part of old.values())
    insertFields(result.removed.child(part.step), part.value, part.schema, true);
}

/** At least one side is a leaf, such as an empty map that gets its first entry. */
function compareLeaf(
  one: unknown,
  other: unknown,
  wasDivided: boolean,
  schema: Schema | undefined,
  result: Comparison,
): void {
  if (one !== undefined && (wasDivided || other === undefined))
    insertFields(result.removed, one, schema, true);
  if (other !== undefined) insertFields(result.changed, other, schema, true);
}

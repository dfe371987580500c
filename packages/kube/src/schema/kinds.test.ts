import assert from 'node:assert/strict';
import { test } from 'node:test';
import { olderResources, resources } from '../resources.ts';
import { schemaFor } from './kinds.ts';
import type { Schema } from './schema.ts';

/** Visits every type that a schema leads to, each once; a wrong name or expression in the table throws here. */
function visit(schema: Schema, seen: Set<Schema>): void {
  if (seen.has(schema)) return;
  seen.add(schema);
  if (schema.kind === 'list') visit(schema.items, seen);
  if (schema.kind === 'map') visit(schema.values, seen);
  if (schema.kind !== 'object') return;
  for (const field of schema.fields.values()) visit(field.schema, seen);
}

const types = [...Object.values(resources), ...olderResources];

for (const type of types) {
  test(`${type.kind} in ${type.version}: the table has its schema, and every type in it`, () => {
    const kind = schemaFor(type);
    assert.ok(kind);
    visit(kind.schema, new Set());
  });
}

test('list keys are fields of the elements', () => {
  const seen = new Set<Schema>();
  for (const type of types) visit(schemaFor(type)!.schema, seen);
  for (const schema of seen) {
    if (schema.kind !== 'list' || schema.listType !== 'map') continue;
    assert.ok(schema.items.kind === 'object');
    for (const key of schema.keys) assert.ok(schema.items.fields.has(key), `${schema.items.name}.${key}`);
  }
});

test('protobuf numbers are unique within a type', () => {
  const seen = new Set<Schema>();
  for (const type of types) visit(schemaFor(type)!.schema, seen);
  for (const schema of seen) {
    if (schema.kind !== 'object') continue;
    const inlined = new Set(schema.inline.flatMap((entry) => [...entry.schema.fields.keys()]));
    const own = [...schema.fields.values()].filter(({ name }) => !inlined.has(name));
    const numbers = [...own, ...schema.inline].map(({ number }) => number).filter((number) => number > 0);
    assert.equal(new Set(numbers).size, numbers.length, schema.name);
  }
});

import { isObject, type JsonObject, ownMember, sameJson, setMember } from '../json/value.ts';
import type { FieldSchema, ListSchema, ObjectSchema, Schema } from '../schema/schema.ts';
import { StatusError } from '../status-error.ts';
import { mergeOrder } from './list-order.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const ELEMENT_ORDER = '$setElementOrder/';
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList/';

/**
 * Applies a strategic merge patch: as a merge patch, but lists whose elements have keys merge element by element, and
 * the directives `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…` count. Neither argument
 * is changed. Throws BadRequest for a patch that is wrong in itself.
 */
export function strategicMergePatch(target: unknown, patch: unknown, schema: ObjectSchema): unknown {
  if (!isObject(patch)) throw StatusError.badRequest('a strategic merge patch must be an object');
  return mergeObject(isObject(target) ? target : {}, patch, schema);
}

/** `schema` is undefined where the type is not described: then it is a merge patch with directives. */
function mergeObject(live: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
  const directive = ownMember(patch, DIRECTIVE);
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') throw unknownDirective(directive);
  const merged = retainKeys(structuredClone(live), patch);
  for (const name of Object.keys(patch)) {
    if (name.startsWith('$')) continue;
    const value = ownMember(patch, name);
    const field = fieldOf(schema, name);
    if (value === null) delete merged[name];
    else setMember(merged, name, mergeMember(ownMember(merged, name), value, name, field, patch));
  }
  applyListDirectives(merged, patch, schema);
  return merged;
}

type Member = Pick<FieldSchema, 'schema' | 'replace'> | undefined;

function fieldOf(schema: Schema | undefined, name: string): Member {
  if (schema?.kind === 'map') return { schema: schema.values };
  return schema?.kind === 'object' ? schema.fields.get(name) : undefined;
}

function mergeMember(live: unknown, value: unknown, name: string, field: Member, patch: JsonObject): unknown {
  if (isObject(value)) return mergeObject(isObject(live) ? live : {}, value, field?.schema);
  if (!Array.isArray(value)) return structuredClone(value);
  const schema = field?.schema;
  if (schema?.kind !== 'list' || schema.listType === 'atomic' || field?.replace)
    return structuredClone(value);
  const current = Array.isArray(live) ? live : [];
  if (schema.listType === 'set') return mergePrimitives(current, value);
  const order = ownMember(patch, ELEMENT_ORDER + name);
  return mergeElements(current, value, schema, Array.isArray(order) ? order : undefined);
}

function mergePrimitives(live: readonly unknown[], added: readonly unknown[]): unknown[] {
  const fresh = added.filter((value) => !live.some((present) => sameJson(present, value)));
  return structuredClone([...live, ...fresh]);
}

function mergeElements(
  live: readonly unknown[],
  patch: readonly unknown[],
  schema: ListSchema,
  order: readonly unknown[] | undefined,
): unknown[] {
  const [key = ''] = schema.keys;
  const elements = patch.filter(isObject);
  if (elements.some((element) => ownMember(element, DIRECTIVE) === 'replace')) {
    const kept = elements.filter((element) => ownMember(element, DIRECTIVE) !== 'replace');
    return structuredClone(kept);
  }
  const merged = new Map<string, unknown>(
    live.filter(isObject).map((element) => [keyText(element, key), structuredClone(element)]),
  );
  for (const element of elements) {
    const at = keyText(element, key);
    if (ownMember(element, DIRECTIVE) === 'delete') merged.delete(at);
    else {
      const present = merged.get(at);
      merged.set(at, mergeObject(isObject(present) ? present : {}, element, schema.items));
    }
  }
  if (!order) return [...merged.values()];
  return sortElements(merged, live.filter(isObject), order.filter(isObject), key);
}

function keyText(element: JsonObject, key: string): string {
  const value = ownMember(element, key);
  if (value === undefined) {
    throw StatusError.badRequest(
      `map: ${JSON.stringify(element)} does not contain declared merge key: ${key}`,
    );
  }
  return JSON.stringify(value);
}

function sortElements(
  merged: ReadonlyMap<string, unknown>,
  live: readonly JsonObject[],
  order: readonly JsonObject[],
  key: string,
): unknown[] {
  const present = [...live.map((element) => keyText(element, key)), ...merged.keys()];
  const keys = mergeOrder(
    [...new Set(present)],
    order.map((element) => keyText(element, key)),
  );
  return [...new Set(keys)].filter((at) => merged.has(at)).map((at) => merged.get(at));
}

/** Directives that stand beside a list which the patch itself may not name. */
function applyListDirectives(merged: JsonObject, patch: JsonObject, schema: Schema | undefined): void {
  for (const [name, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    if (name.startsWith(DELETE_PRIMITIVES))
      deletePrimitives(merged, name.slice(DELETE_PRIMITIVES.length), value);
    if (name.startsWith(ELEMENT_ORDER))
      orderList(merged, name.slice(ELEMENT_ORDER.length), value, schema, patch);
  }
}

function deletePrimitives(merged: JsonObject, name: string, values: readonly unknown[]): void {
  const list = ownMember(merged, name);
  if (!Array.isArray(list)) return;
  const kept = list.filter((item) => !values.some((value) => sameJson(value, item)));
  setMember(merged, name, kept);
}

function orderList(
  merged: JsonObject,
  name: string,
  order: readonly unknown[],
  schema: Schema | undefined,
  patch: JsonObject,
): void {
  const list = ownMember(merged, name);
  const field = fieldOf(schema, name);
  // A list that the patch names was ordered when it was merged.
  if (!Array.isArray(list) || field?.schema.kind !== 'list') return;
  if (field.schema.listType === 'set') {
    const texts = list.map((item) => JSON.stringify(item));
    const wanted = order.map((item) => JSON.stringify(item)).filter((text) => texts.includes(text));
    setMember(
      merged,
      name,
      mergeOrder(texts, wanted).map((text) => JSON.parse(text) as unknown),
    );
  } else if (field.schema.listType === 'map' && ownMember(patch, name) === undefined) {
    setMember(merged, name, mergeElements(list, [], field.schema, order));
  }
}

function retainKeys(live: JsonObject, patch: JsonObject): JsonObject {
  const keys = ownMember(patch, RETAIN_KEYS);
  if (!Array.isArray(keys)) return live;
  for (const name of Object.keys(live)) if (!keys.includes(name)) delete live[name];
  return live;
}

function withoutDirectives(patch: JsonObject): JsonObject {
  const copy = structuredClone(patch);
  for (const name of Object.keys(copy)) if (name.startsWith('$')) delete copy[name];
  return copy;
}

function unknownDirective(directive: unknown): StatusError {
  return StatusError.badRequest(
    `Unknown patch type found: ${String(directive)} (want replace, merge or delete)`,
  );
}

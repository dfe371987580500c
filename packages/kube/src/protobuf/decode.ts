import { isObject, type JsonObject, ownMember, setMember } from '../json/value.ts';
import type { KubeObject } from '../objects/metadata.ts';
import { kindSchema, metaSchema } from '../schema/kinds.ts';
import type { FieldSchema, ListSchema, ObjectSchema, Schema } from '../schema/schema.ts';
import { StatusError } from '../status-error.ts';
import { bytesOf, scalarValue, zeroOf } from './scalars.ts';
import { malformed, readFields, type WireField } from './wire.ts';

/** `k8s` and a zero byte begin every message of the API. */
const MAGIC = Buffer.from('k8s\0');
/** Deeper than any type of the table. */
const MAX_DEPTH = 64;

/**
 * The object of a request's body in `application/vnd.kubernetes.protobuf`: an envelope (runtime.Unknown) around the message
 * of its kind, read by the schema table. Zero values that Go writes for absent fields are left out. Throws BadRequest for
 * bytes that are none, and UnsupportedMediaType for a kind without a protobuf form, as Tekton's.
 */
export function decodeKubeProtobuf(bytes: Uint8Array): KubeObject {
  if (bytes.length < MAGIC.length || MAGIC.compare(bytes.subarray(0, MAGIC.length)) !== 0) {
    throw malformed('it does not begin with the magic number of Kubernetes');
  }
  const envelope = readEnvelope(bytes.subarray(MAGIC.length));
  const { apiVersion, kind } = envelope;
  const known = kindSchema(apiVersion, kind);
  if (known?.custom || (!known && kind !== 'DeleteOptions')) {
    throw StatusError.unsupportedMediaType(`protobuf for ${kind} of ${apiVersion}`, ['application/json']);
  }
  const object: JsonObject = {};
  decodeMessage(object, envelope.raw, known?.schema ?? metaSchema('DeleteOptions'), 0);
  if (isObject(object.status) && Object.keys(object.status).length === 0) delete object.status;
  const metadata = (object.metadata ?? {}) as KubeObject['metadata'];
  return known ? { ...object, apiVersion, kind, metadata } : ({ ...object, apiVersion, kind } as KubeObject);
}

interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** runtime.Unknown: typeMeta = 1 {apiVersion = 1, kind = 2}, raw = 2. */
function readEnvelope(bytes: Uint8Array): Envelope {
  let raw: Uint8Array = new Uint8Array();
  const type = { apiVersion: '', kind: '' };
  for (const field of readFields(bytes)) {
    if (field.number === 2) raw = bytesOf(field);
    if (field.number !== 1) continue;
    for (const part of readFields(bytesOf(field))) {
      if (part.number === 1) type.apiVersion = String(scalarValue('string', part));
      if (part.number === 2) type.kind = String(scalarValue('string', part));
    }
  }
  if (type.apiVersion === '' || type.kind === '') throw malformed('it does not say its apiVersion and kind');
  return { ...type, raw };
}

function decodeMessage(into: JsonObject, bytes: Uint8Array, schema: ObjectSchema, depth: number): void {
  if (depth > MAX_DEPTH) throw malformed('it is nested too deeply');
  const fields = numbered(schema);
  for (const wire of readFields(bytes)) {
    const inlined = schema.inline.find(({ number }) => number === wire.number);
    const field = fields.get(wire.number);
    if (inlined) decodeMessage(into, bytesOf(wire), inlined.schema, depth + 1);
    else if (field) decodeField(into, field, wire, depth);
  }
}

/** The type's own fields by number; those of inlined types have numbers in their own messages. */
function numbered(schema: ObjectSchema): ReadonlyMap<number, FieldSchema> {
  let fields = NUMBERED.get(schema);
  if (!fields) {
    const inlined = new Set(schema.inline.flatMap((entry) => [...entry.schema.fields.keys()]));
    const own = [...schema.fields.values()].filter(({ name, number }) => number > 0 && !inlined.has(name));
    fields = new Map(own.map((field) => [field.number, field]));
    NUMBERED.set(schema, fields);
  }
  return fields;
}

const NUMBERED = new WeakMap<ObjectSchema, ReadonlyMap<number, FieldSchema>>();

function decodeField(into: JsonObject, field: FieldSchema, wire: WireField, depth: number): void {
  const { schema, name } = field;
  if (schema.kind === 'list') {
    const list = (ownMember(into, name) ?? []) as unknown[];
    list.push(...elements(schema, wire, depth));
    setMember(into, name, list);
  } else if (schema.kind === 'map') {
    const map = (ownMember(into, name) ?? {}) as JsonObject;
    decodeEntry(map, schema.values, bytesOf(wire), depth);
    setMember(into, name, map);
  } else {
    const value = decodeValue(schema, wire, depth);
    if (!isZero(value, field)) setMember(into, name, value);
  }
}

/** Go writes the zero of a plain field, which stands for absence; a pointer is written only when it is set. */
function isZero(value: unknown, field: FieldSchema): boolean {
  if (value === undefined) return true;
  if (field.explicit || field.schema.kind !== 'scalar') return false;
  return value === '' || (!field.required && value === zeroOf(field.schema.type));
}

function elements(list: ListSchema, wire: WireField, depth: number): unknown[] {
  const { items } = list;
  const packed = wire.wire === 'bytes' && items.kind === 'scalar' && /^int|^bool/.test(items.type);
  if (!packed) return [decodeValue(items, wire, depth)];
  // Numbers may be packed into one field: the bytes are varints, read as fields would be after their tag.
  return [...unpack(wire.bytes)].map((value) => decodeValue(items, { ...value, number: wire.number }, depth));
}

function* unpack(bytes: Uint8Array): Generator<WireField> {
  let start = 0;
  for (const [index, byte] of bytes.entries()) {
    if (byte >= 0x80) continue;
    yield* readFields(Buffer.concat([Buffer.from([0x08]), bytes.subarray(start, index + 1)]));
    start = index + 1;
  }
  if (start < bytes.length) throw malformed('it ends within a number');
}

/** An entry of a map: key = 1, value = 2. */
function decodeEntry(into: JsonObject, values: Schema, bytes: Uint8Array, depth: number): void {
  let key = '';
  let value: unknown = values.kind === 'scalar' ? zeroOf(values.type) : undefined;
  for (const field of readFields(bytes)) {
    if (field.number === 1) key = String(scalarValue('string', field));
    if (field.number === 2) value = decodeValue(values, field, depth + 1);
  }
  setMember(into, key, value);
}

function decodeValue(schema: Schema, wire: WireField, depth: number): unknown {
  if (schema.kind === 'scalar') return scalarValue(schema.type, wire);
  if (schema.kind !== 'object') throw malformed(`field ${wire.number} has a form that no type has`);
  const value: JsonObject = {};
  decodeMessage(value, bytesOf(wire), schema, depth + 1);
  return value;
}

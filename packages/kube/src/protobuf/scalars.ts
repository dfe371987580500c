import { formatDuration } from '@slipway/core';
import { formatMicroTime, formatTime } from '../metadata.ts';
import type { ScalarType } from '../schema/table.ts';
import { malformed, readFields, type WireField } from './wire.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The JSON value of a field of scalar type; undefined for the zero of a type that is a message (an unset time). */
export function scalarValue(type: ScalarType, field: WireField): unknown {
  if (type === 'boolean') return varint(field) !== 0n;
  if (type === 'int32' || type === 'int64') return Number(BigInt.asIntN(64, varint(field)));
  if (type === 'number') return double(field);
  const bytes = bytesOf(field);
  return type === 'string' ? text(bytes) : BYTES[type](bytes);
}

/** The zero of a scalar type, which a field has that is not on the wire. */
export function zeroOf(type: ScalarType): unknown {
  if (type === 'boolean') return false;
  return type === 'int32' || type === 'int64' || type === 'number' ? 0 : '';
}

type Message = Exclude<ScalarType, 'boolean' | 'int32' | 'int64' | 'number' | 'string'>;

/** Each of these is a message of its own, or raw bytes. */
const BYTES: Readonly<Record<Message, (bytes: Uint8Array) => unknown>> = {
  bytes: (bytes) => Buffer.from(bytes).toString('base64'),
  any: rawJson,
  quantity: (bytes) => member(bytes, 1, 'string') ?? '',
  intOrString: (bytes) =>
    member(bytes, 1, 'int64') === 1 ? (member(bytes, 3, 'string') ?? '') : (member(bytes, 2, 'int64') ?? 0),
  time: (bytes) => time(bytes, formatTime),
  microTime: (bytes) => time(bytes, formatMicroTime),
  duration: (bytes) => formatDuration(Number(member(bytes, 1, 'int64') ?? 0) / 1e6),
  fieldsV1: rawJson,
  strings: (bytes) =>
    [...readFields(bytes)].filter(({ number }) => number === 1).map((item) => text(bytesOf(item))),
  paramValue: rawJson,
};

function member(bytes: Uint8Array, number: number, type: 'string' | 'int64'): unknown {
  const field = [...readFields(bytes)].findLast((candidate) => candidate.number === number);
  return field && scalarValue(type, field);
}

function rawJson(bytes: Uint8Array): unknown {
  const raw = member(bytes, 1, 'string');
  if (typeof raw !== 'string' || raw === '') return undefined;
  try {
    return JSON.parse(raw);
  } catch {
    throw malformed('raw JSON within it does not parse');
  }
}

/** seconds = 1, nanos = 2; an empty message is the zero time. */
function time(bytes: Uint8Array, format: (time: Date) => string): string | undefined {
  const seconds = Number(member(bytes, 1, 'int64') ?? 0);
  const nanos = Number(member(bytes, 2, 'int64') ?? 0);
  if (seconds === 0 && nanos === 0) return undefined;
  const date = new Date(seconds * 1000 + nanos / 1e6);
  if (Number.isNaN(date.getTime())) throw malformed(`a time of ${seconds} seconds`);
  return format(date);
}

function varint(field: WireField): bigint {
  if (field.wire !== 'varint') throw malformed(`field ${field.number} is no number`);
  return field.value;
}

function double(field: WireField): number {
  if (field.wire !== 'fixed' || field.bytes.length !== 8)
    throw malformed(`field ${field.number} is no double`);
  return new DataView(field.bytes.buffer, field.bytes.byteOffset, 8).getFloat64(0, true);
}

/** The bytes of a length-delimited field. */
export function bytesOf(field: WireField): Uint8Array {
  if (field.wire !== 'bytes') throw malformed(`field ${field.number} is neither text nor a message`);
  return field.bytes;
}

function text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed('text that is not UTF-8');
  }
}

import { parseDuration } from '@slipway/core';
import { type FieldError, invalidField, typeField } from '../field-error.ts';
import { isObject } from '../json/value.ts';
import { isQuantity } from '../quantity.ts';
import type { ScalarType } from './table.ts';

const INT32 = 2 ** 31;
const QUANTITY_RULE =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

type Check = (value: unknown, path: string) => FieldError | undefined;

const jsonType =
  (wanted: string, fits: (value: unknown) => boolean): Check =>
  (value, path) =>
    fits(value) ? undefined : typeField(path, value, wanted);

const text =
  (fits: (value: string) => boolean, rule: string): Check =>
  (value, path) => {
    if (typeof value !== 'string') return typeField(path, value, 'string');
    return fits(value) ? undefined : invalidField(path, value, rule);
  };

const isText = (value: unknown): boolean => typeof value === 'string';
const integer = jsonType('integer', Number.isInteger);
const string = jsonType('string', isText);
const time = text(
  (value) => TIME.test(value) && !Number.isNaN(Date.parse(value)),
  'must be a time in RFC 3339, like 2006-01-02T15:04:05Z',
);

function int32(value: unknown, path: string): FieldError | undefined {
  const wrong = integer(value, path);
  if (wrong) return wrong;
  const fits = (value as number) >= -INT32 && (value as number) < INT32;
  return fits ? undefined : invalidField(path, value, 'must fit 32 bits');
}

function quantity(value: unknown, path: string): FieldError | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return typeField(path, value, 'string');
  return isQuantity(value) ? undefined : invalidField(path, value, QUANTITY_RULE);
}

function isDuration(value: string): boolean {
  try {
    parseDuration(value);
    return true;
  } catch {
    return false; // the caller words the error
  }
}

function isParamValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isText);
  return isText(value) || (isObject(value) && Object.values(value).every(isText));
}

/** What a value of each scalar type must be. */
const CHECKS: Readonly<Record<ScalarType, Check>> = {
  string,
  boolean: jsonType('boolean', (value) => typeof value === 'boolean'),
  int32,
  int64: integer,
  number: jsonType('number', (value) => typeof value === 'number'),
  bytes: text((value) => BASE64.test(value.replace(/[\r\n]/g, '')), 'illegal base64 data'),
  any: () => undefined,
  quantity,
  intOrString: jsonType('integer,string', (value) => isText(value) || Number.isInteger(value)),
  time,
  microTime: time,
  duration: text(isDuration, 'must be a duration, like 90s, 5m or 1h30m'),
  fieldsV1: jsonType('object', isObject),
  strings: jsonType('array', (value) => Array.isArray(value) && value.every(isText)),
  paramValue: jsonType('string,array,object', isParamValue),
};

/** What is wrong with a value of a scalar type, or undefined. */
export function checkScalar(type: ScalarType, value: unknown, path: string): FieldError | undefined {
  return CHECKS[type](value, path);
}

/** Why a field is wrong, as the causes of an `Invalid` Status name it. */
export type FieldErrorReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid';

/** One wrong field of an object; the message has Kubernetes' form, the bad value included. */
export interface FieldError {
  /** `spec.steps[0].image`; keys that need it are in brackets: `metadata.labels[a.b/c]`. */
  readonly field: string;
  readonly message: string;
  readonly reason: FieldErrorReason;
  readonly value?: unknown;
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'null');
}

/** `Required value`, with what is wanted when that is not plain. */
export function requiredField(field: string, detail = ''): FieldError {
  const message = detail === '' ? 'Required value' : `Required value: ${detail}`;
  return { field, message, reason: 'FieldValueRequired' };
}

/** `Invalid value: "x": why`. */
export function invalidField(field: string, value: unknown, why: string): FieldError {
  return { field, message: `Invalid value: ${show(value)}: ${why}`, reason: 'FieldValueInvalid', value };
}

/** `Unsupported value: "x": supported values: "a", "b"`. */
export function unsupportedField(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = [...supported].sort().map(show).join(', ');
  const message = `Unsupported value: ${show(value)}: supported values: ${list}`;
  return { field, message, reason: 'FieldValueNotSupported', value };
}

/** `Forbidden: why`. */
export function forbiddenField(field: string, why: string): FieldError {
  return { field, message: `Forbidden: ${why}`, reason: 'FieldValueForbidden' };
}

/** `Duplicate value: "x"`. */
export function duplicateField(field: string, value: unknown): FieldError {
  return { field, message: `Duplicate value: ${show(value)}`, reason: 'FieldValueDuplicate', value };
}

/** `Invalid value: "string": spec.f in body must be of type integer: "string"`, as the API words a wrong JSON type. */
export function typeField(field: string, value: unknown, wanted: string): FieldError {
  const given = show(jsonType(value));
  const message = `Invalid value: ${given}: ${field} in body must be of type ${wanted}: ${given}`;
  return { field, message, reason: 'FieldValueTypeInvalid', value };
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** `Too long: may not be more than 262144 bytes`. */
export function tooLongField(field: string, maxBytes: number): FieldError {
  const message = `Too long: may not be more than ${maxBytes} bytes`;
  return { field, message, reason: 'FieldValueTooLong' };
}

/** `Not found: "x"`: the field names something that is not there. */
export function notFoundField(field: string, value: unknown): FieldError {
  return { field, message: `Not found: ${show(value)}`, reason: 'FieldValueNotFound', value };
}

/** `parent.name`, or `parent[name]` where a dot would mislead; an empty parent is left out. */
export function fieldPath(parent: string, name: string | number): string {
  if (typeof name === 'number') return `${parent}[${name}]`;
  if (/[./]/.test(name)) return `${parent}[${name}]`;
  return parent === '' ? name : `${parent}.${name}`;
}

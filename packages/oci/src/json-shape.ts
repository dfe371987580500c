import { SlipwayError } from '@slipway/core';

export type JsonObject = { readonly [key: string]: unknown };

/** Parses a JSON object. Throws kind `invalid` with the code when the bytes are not UTF-8 JSON, or not an object. */
export function parseJsonObject(bytes: Uint8Array, code: string, what: string): JsonObject {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (cause) {
    throw new SlipwayError('invalid', code, `${what} is not valid JSON`, { cause });
  }
  throw new SlipwayError('invalid', code, `${what} is not a JSON object`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Checks one field of untrusted JSON; the failure names the field's path. */
export class FieldReader {
  readonly #code: string;

  constructor(code: string) {
    this.#code = code;
  }

  fail(field: string, expected: string): never {
    throw new SlipwayError('invalid', this.#code, `${field} must be ${expected}`, { place: { field } });
  }

  object(value: unknown, field: string): JsonObject {
    return isObject(value) ? value : this.fail(field, 'an object');
  }

  array(value: unknown, field: string): readonly unknown[] {
    return Array.isArray(value) ? value : this.fail(field, 'an array');
  }

  string(value: unknown, field: string): string {
    return typeof value === 'string' ? value : this.fail(field, 'a string');
  }

  size(value: unknown, field: string): number {
    const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    return fits ? value : this.fail(field, 'a whole number of bytes');
  }

  strings(value: unknown, field: string): readonly string[] {
    return this.array(value, field).map((item, index) => this.string(item, `${field}[${index}]`));
  }

  stringMap(value: unknown, field: string): Readonly<Record<string, string>> {
    const object = this.object(value, field);
    for (const [key, item] of Object.entries(object)) this.string(item, `${field}.${key}`);
    return object as Readonly<Record<string, string>>;
  }
}

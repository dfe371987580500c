import type { FieldOptions, ScalarType } from './table.ts';

/** What values of a field look like: the resolved form of the table, which every consumer walks. */
export type Schema = ScalarSchema | ListSchema | MapSchema | ObjectSchema;

/** A value that is not divided further. */
export interface ScalarSchema {
  readonly kind: 'scalar';
  readonly type: ScalarType;
}

/** A list. */
export interface ListSchema {
  readonly kind: 'list';
  readonly items: Schema;
  /** How server-side apply knows the elements. */
  readonly listType: 'atomic' | 'set' | 'map';
  /** For `map`: the fields that together are an element's key. */
  readonly keys: readonly string[];
}

/** A map from strings. */
export interface MapSchema {
  readonly kind: 'map';
  readonly values: Schema;
}

/** An object with known fields. */
export interface ObjectSchema {
  readonly kind: 'object';
  /** The name in OpenAPI: `io.k8s.api.core.v1.PodSpec`. */
  readonly name: string;
  readonly about: string;
  /** Every JSON field, those of inlined types included. */
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** Inlined types by their protobuf number. */
  readonly inline: readonly { readonly number: number; readonly schema: ObjectSchema }[];
  readonly atomic: boolean;
  readonly open: boolean;
}

/** One field of an object. */
export interface FieldSchema extends FieldOptions {
  readonly name: string;
  readonly number: number;
  readonly about: string;
  readonly required: boolean;
  /** A zero value differs from an absent one. */
  readonly explicit: boolean;
  readonly schema: Schema;
}

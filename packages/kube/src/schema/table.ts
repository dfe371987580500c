/** JSON types that are not objects; those after `any` have their own text form and protobuf message. */
export type ScalarType =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'number'
  | 'bytes'
  | 'any'
  | 'quantity'
  | 'intOrString'
  | 'time'
  | 'microTime'
  | 'duration'
  | 'fieldsV1'
  | 'strings' // authentication's ExtraValue: a list of strings that is a message of its own in protobuf
  | 'paramValue'; // Tekton: a string, a list of strings, or a map of strings

/** What the table says of one field. */
export interface FieldRow {
  /** Protobuf field number; 0 where the type has no protobuf form. */
  readonly number: number;
  /**
   * `T`, a scalar or the name of a row; `T[]`, an atomic list; `T[a,b]`, a list whose elements are known by the keys a, b
   * (server-side apply) or a (strategic merge); `T[=]`, a set; `T{}`, a map from strings. Then `?`: a zero value differs
   * from an absent one (a pointer in Go); `!`: required.
   */
  readonly type: string;
  readonly about: string;
  readonly options: FieldOptions;
}

/** What else the table says of a field. */
export interface FieldOptions {
  readonly oneOf?: readonly string[];
  readonly default?: unknown;
  /** Server-side apply owns the value as a whole, although its type could be divided. */
  readonly atomic?: boolean;
  /** A strategic merge keeps only the members named in `$retainKeys`. */
  readonly retainKeys?: boolean;
  /** A strategic merge replaces the list, although its elements have keys. */
  readonly replace?: boolean;
}

/** What the table says of one type. */
export interface StructRow {
  readonly about: string;
  readonly fields: Readonly<Record<string, FieldRow>>;
  /** Types whose fields are this type's in JSON, and a message of their own in protobuf: `[number, name]`. */
  readonly inline: readonly (readonly [number, string])[];
  readonly atomic: boolean;
  /** Unknown fields are kept: the type is not described in full. */
  readonly open: boolean;
}

/** What else the table says of a type. */
export interface StructOptions {
  readonly inline?: readonly (readonly [number, string])[];
  readonly atomic?: boolean;
  readonly open?: boolean;
}

/** The types of one API group version, by the name that their Go types have. */
export type TypeTable = Readonly<Record<string, StructRow>>;

/** A row for a type. */
export function struct(
  about: string,
  fields: Readonly<Record<string, FieldRow>>,
  options: StructOptions = {},
): StructRow {
  const { inline = [], atomic = false, open = false } = options;
  return { about, fields, inline, atomic, open };
}

/** A row for the type of a whole object: apiVersion, kind and metadata come first. */
export function root(about: string, fields: Readonly<Record<string, FieldRow>>): StructRow {
  return struct(about, { ...rootFields, ...fields });
}

/** A row for a field with a protobuf number. */
export function f(number: number, type: string, about = '', options: FieldOptions = {}): FieldRow {
  return { number, type, about, options };
}

/** A row for a field of a type that has no protobuf form. */
export function j(type: string, about = '', options: FieldOptions = {}): FieldRow {
  return { number: 0, type, about, options };
}

const rootFields = {
  apiVersion: j('string', 'The API group and version of this object, like v1 or tekton.dev/v1.'),
  kind: j('string', 'The kind of this object.'),
  metadata: f(
    1,
    'ObjectMeta',
    'Name, namespace, labels, annotations and what the server knows of the object.',
  ),
};

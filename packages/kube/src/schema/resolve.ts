import type { FieldSchema, ObjectSchema, Schema } from './schema.ts';
import type { FieldRow, ScalarType, StructRow, TypeTable } from './table.ts';

const SCALARS: ReadonlySet<string> = new Set<ScalarType>([
  'string',
  'boolean',
  'int32',
  'int64',
  'number',
  'bytes',
  'any',
  'quantity',
  'intOrString',
  'time',
  'microTime',
  'duration',
  'fieldsV1',
  'strings',
  'paramValue',
]);

const EXPRESSION = /^(\w+)(?:\[([^\]]*)\])?(\{\})?(\?)?(!)?$/;

/** Tables by their OpenAPI prefix (`io.k8s.api.core.v1`); a name is looked up in its own table first, then in this order. */
export type TableSet = ReadonlyMap<string, TypeTable>;

/** Turns rows into schemas, each type once; a type may contain itself. */
export class SchemaResolver {
  readonly #tables: TableSet;
  readonly #resolved = new Map<string, ObjectSchema>();

  constructor(tables: TableSet) {
    this.#tables = tables;
  }

  /** The schema of a named type, seen from the table with this prefix. Throws when the tables have no such name. */
  object(name: string, prefix: string): ObjectSchema {
    const home = this.#home(name, prefix);
    const qualified = `${home}.${name}`;
    let schema = this.#resolved.get(qualified);
    if (!schema) {
      schema = this.#resolve(qualified, this.#tables.get(home)![name]!, home);
      this.#resolved.set(qualified, schema);
    }
    return schema;
  }

  #home(name: string, prefix: string): string {
    const has = (candidate: string): boolean => Object.hasOwn(this.#tables.get(candidate) ?? {}, name);
    const home = has(prefix) ? prefix : [...this.#tables.keys()].find(has);
    if (home === undefined) throw new Error(`the schema tables have no type ${name} (named in ${prefix})`);
    return home;
  }

  #resolve(name: string, row: StructRow, home: string): ObjectSchema {
    const inline = row.inline.map(([number, type]) => ({ number, schema: this.object(type, home) }));
    let fields: ReadonlyMap<string, FieldSchema> | undefined;
    const build = (): ReadonlyMap<string, FieldSchema> => this.#fields(row, inline, home);
    return {
      kind: 'object',
      name,
      about: row.about,
      // Built at first use, since types may contain each other.
      get fields() {
        fields ??= build();
        return fields;
      },
      inline,
      atomic: row.atomic,
      open: row.open,
    };
  }

  #fields(row: StructRow, inline: ObjectSchema['inline'], home: string): ReadonlyMap<string, FieldSchema> {
    const own = Object.entries(row.fields).map(
      ([name, field]) => [name, this.#field(name, field, home)] as const,
    );
    return new Map([...inline.flatMap(({ schema }) => [...schema.fields]), ...own]);
  }

  #field(name: string, { number, type, about, options }: FieldRow, home: string): FieldSchema {
    const match = EXPRESSION.exec(type);
    if (!match) throw new Error(`bad type expression "${type}" of field ${name} in ${home}`);
    const [, base, keys, map, explicit, required] = match;
    let schema: Schema = SCALARS.has(base!)
      ? { kind: 'scalar', type: base as ScalarType }
      : this.object(base!, home);
    if (keys !== undefined) schema = listOf(schema, keys);
    if (map) schema = { kind: 'map', values: schema };
    return {
      ...options,
      name,
      number,
      about,
      required: required !== undefined,
      explicit: explicit !== undefined,
      schema,
    };
  }
}

function listOf(items: Schema, keys: string): Schema {
  if (keys === '') return { kind: 'list', items, listType: 'atomic', keys: [] };
  if (keys === '=') return { kind: 'list', items, listType: 'set', keys: [] };
  return { kind: 'list', items, listType: 'map', keys: keys.split(',') };
}

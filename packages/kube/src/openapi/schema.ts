import type { FieldSchema, ListSchema, ObjectSchema, Schema } from '../schema/schema.ts';
import type { ScalarType } from '../schema/table.ts';

/** A JSON Schema as OpenAPI v3 has it, with Kubernetes' extensions. */
export type JsonSchema = Record<string, unknown>;

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

const INLINE: Readonly<Partial<Record<ScalarType, JsonSchema>>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  number: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  any: { 'x-kubernetes-preserve-unknown-fields': true },
  duration: { type: 'string' },
  strings: { type: 'array', items: { type: 'string' } },
  paramValue: { 'x-kubernetes-preserve-unknown-fields': true },
};

/** Scalars that have a named schema in Kubernetes' documents, so that `kubectl explain` shows their name. */
const NAMED: Readonly<Partial<Record<ScalarType, readonly [name: string, schema: JsonSchema]>>> = {
  time: [`${META}.Time`, { type: 'string', format: 'date-time', description: 'A time in RFC 3339.' }],
  microTime: [
    `${META}.MicroTime`,
    { type: 'string', format: 'date-time', description: 'A time in RFC 3339 with microseconds.' },
  ],
  fieldsV1: [`${META}.FieldsV1`, { type: 'object', description: 'A set of field paths.' }],
  quantity: [
    QUANTITY,
    {
      oneOf: [{ type: 'string' }, { type: 'number' }],
      description: 'An amount with an optional suffix: 500m, 2, 64Mi, 1.5Gi.',
    },
  ],
  intOrString: [
    INT_OR_STRING,
    {
      oneOf: [{ type: 'integer' }, { type: 'string' }],
      format: 'int-or-string',
      description: 'A number or a name.',
    },
  ],
};

/** Collects the schemas that a document refers to. */
export class SchemaCollector {
  readonly schemas: Record<string, JsonSchema> = {};

  /** A reference to the schema of an object; `extensions` are added where it is first described. */
  reference(schema: ObjectSchema, extensions: JsonSchema = {}): JsonSchema {
    if (!this.schemas[schema.name]) {
      // Registered before its fields are described: a type may contain itself.
      const described: JsonSchema = {};
      this.schemas[schema.name] = described;
      Object.assign(described, this.#describe(schema), extensions);
    }
    return { $ref: `#/components/schemas/${schema.name}` };
  }

  #describe(schema: ObjectSchema): JsonSchema {
    const fields = [...schema.fields.values()];
    const required = fields.filter((field) => field.required).map((field) => field.name);
    return {
      type: 'object',
      ...(schema.about ? { description: schema.about } : {}),
      properties: Object.fromEntries(fields.map((field) => [field.name, this.#property(field)])),
      ...(required.length > 0 ? { required } : {}),
      ...(schema.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      ...(schema.open ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    };
  }

  #property(field: FieldSchema): JsonSchema {
    const value = this.#value(field.schema);
    // Nothing may stand beside a $ref.
    const base = '$ref' in value ? { allOf: [value] } : value;
    const description = field.about || aboutOf(field.schema);
    return {
      ...(description ? { description } : {}),
      ...base,
      ...(field.oneOf ? { enum: field.oneOf } : {}),
      ...(field.default === undefined ? {} : { default: field.default }),
      ...listExtensions(field),
    };
  }

  #value(schema: Schema): JsonSchema {
    if (schema.kind === 'object') return this.reference(schema);
    if (schema.kind === 'list') return { type: 'array', items: this.#value(schema.items) };
    if (schema.kind === 'map') return { type: 'object', additionalProperties: this.#value(schema.values) };
    const named = NAMED[schema.type];
    if (!named) return INLINE[schema.type] ?? {};
    this.schemas[named[0]] = named[1];
    return { $ref: `#/components/schemas/${named[0]}` };
  }
}

function aboutOf(schema: Schema): string {
  if (schema.kind === 'list') return aboutOf(schema.items);
  return schema.kind === 'object' ? schema.about : '';
}

function listExtensions(field: FieldSchema): JsonSchema {
  const { schema } = field;
  if (schema.kind === 'map' && field.atomic) return { 'x-kubernetes-map-type': 'atomic' };
  if (schema.kind !== 'list') return {};
  return {
    'x-kubernetes-list-type': field.atomic ? 'atomic' : schema.listType,
    ...(schema.listType === 'map' && !field.atomic ? { 'x-kubernetes-list-map-keys': schema.keys } : {}),
    ...patchExtensions(field, schema),
  };
}

function patchExtensions(field: FieldSchema, list: ListSchema): JsonSchema {
  if (list.listType === 'atomic' || field.replace) return {};
  const strategy = field.retainKeys ? 'merge,retainKeys' : 'merge';
  const key = list.listType === 'map' ? { 'x-kubernetes-patch-merge-key': list.keys[0] } : {};
  return { 'x-kubernetes-patch-strategy': strategy, ...key };
}

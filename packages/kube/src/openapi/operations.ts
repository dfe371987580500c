import { type ResourceType, resourcePath } from '../resources.ts';
import type { JsonSchema } from './schema.ts';

/** Paths of one resource type, each with its operations by method. */
export type Paths = Record<string, Record<string, unknown>>;

const parameter = (name: string, type: string, description: string): JsonSchema => ({
  name,
  in: 'query',
  description,
  schema: { type, uniqueItems: true },
});

const WRITE = [
  parameter('dryRun', 'string', 'All: check the request and store nothing.'),
  parameter('fieldManager', 'string', 'Who makes the change.'),
  // kubectl leaves validation to a server that names this parameter.
  parameter(
    'fieldValidation',
    'string',
    'What to do about unknown and duplicate fields: Ignore, Warn or Strict.',
  ),
];
const FORCE = parameter('force', 'boolean', 'Take fields that other managers own; for apply.');
const LIST = [
  parameter('labelSelector', 'string', 'Only objects with these labels.'),
  parameter('fieldSelector', 'string', 'Only objects with these fields.'),
  parameter('resourceVersion', 'string', 'Not older than this version.'),
  parameter('limit', 'integer', 'At most this many.'),
  parameter('continue', 'string', 'Continues a list that was cut.'),
  parameter('watch', 'boolean', 'Send changes as they happen.'),
  parameter('timeoutSeconds', 'integer', 'How long to send changes.'),
];
const DELETE = [
  parameter('dryRun', 'string', 'All: check the request and delete nothing.'),
  parameter('gracePeriodSeconds', 'integer', 'Seconds before the object goes.'),
  parameter('propagationPolicy', 'string', 'Orphan, Background or Foreground.'),
];

const PATCHES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
];
const STRATEGIC = 'application/strategic-merge-patch+json';

interface Operations {
  readonly type: ResourceType;
  readonly schema: JsonSchema;
  readonly custom: boolean;
}

/** The operations on a type, as far as clients look at them: kind, query parameters and media types. */
export function resourcePaths(type: ResourceType, schema: JsonSchema, custom: boolean): Paths {
  const operations: Operations = { type, schema, custom };
  const namespace = type.namespaced ? '{namespace}' : undefined;
  const at = (name?: string, subresource?: string): string =>
    decodeURIComponent(resourcePath(type, { namespace, name, subresource }));
  const shared = type.namespaced ? [pathParameter('namespace')] : [];
  if (type.createOnly) {
    return { [at()]: { parameters: shared, post: operation(operations, 'post', 'create', WRITE) } };
  }
  const named = [pathParameter('name'), ...shared];
  const everywhere = type.namespaced
    ? { [resourcePath(type)]: { get: operation(operations, 'list', 'listForAllNamespaces', LIST) } }
    : {};
  const status = type.subresources?.includes('status')
    ? { [at('{name}', 'status')]: { parameters: named, ...objectOperations(operations, 'Status') } }
    : {};
  return {
    ...everywhere,
    [at()]: {
      parameters: shared,
      get: operation(operations, 'list', 'list', LIST),
      post: operation(operations, 'post', 'create', WRITE),
      delete: operation(operations, 'deletecollection', 'deleteCollection', [...LIST, ...DELETE]),
    },
    [at('{name}')]: {
      parameters: named,
      ...objectOperations(operations),
      delete: operation(operations, 'delete', 'delete', DELETE),
    },
    ...status,
  };
}

function objectOperations(operations: Operations, suffix = ''): Record<string, unknown> {
  return {
    get: operation(operations, 'get', `read${suffix}`, []),
    put: operation(operations, 'put', `replace${suffix}`, WRITE),
    patch: operation(operations, 'patch', `patch${suffix}`, [...WRITE, FORCE]),
  };
}

function operation(
  { type, schema, custom }: Operations,
  action: string,
  name: string,
  parameters: readonly JsonSchema[],
): JsonSchema {
  const { group, version, kind } = type;
  return {
    operationId: `${name}${pascal(group.split('.')[0] || 'core')}${pascal(version)}${type.namespaced ? 'Namespaced' : ''}${kind}`,
    tags: [`${group.split('.')[0] || 'core'}_${version}`],
    parameters,
    ...requestBody(action, schema, custom),
    responses: { 200: { description: 'OK', content: { 'application/json': { schema } } } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

function requestBody(action: string, schema: JsonSchema, custom: boolean): JsonSchema {
  if (action === 'post' || action === 'put') {
    return { requestBody: { required: true, content: { 'application/json': { schema } } } };
  }
  if (action !== 'patch') return {};
  const types = custom ? PATCHES : [...PATCHES, STRATEGIC];
  const content = Object.fromEntries(types.map((media) => [media, { schema: { type: 'object' } }]));
  return { requestBody: { required: true, content } };
}

function pathParameter(name: string): JsonSchema {
  return { name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } };
}

function pascal(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

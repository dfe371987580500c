import assert from 'node:assert/strict';
import { test } from 'node:test';
import { olderResources, resources } from '../resources.ts';
import { openApiDocument, openApiIndex, openApiPath } from './document.ts';

type Json = Record<string, unknown>;
interface Operation {
  parameters: { name: string }[];
  requestBody: { content: Json };
  'x-kubernetes-group-version-kind': unknown;
}

const byPath = Map.groupBy([...Object.values(resources), ...olderResources], openApiPath);
const documents = new Map([...byPath].map(([path, types]) => [path, openApiDocument(types)]));

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = '$ref' in value ? [String(value.$ref)] : [];
  return [...own, ...Object.values(value).flatMap(references)];
}

for (const [path, document] of documents) {
  test(`${path}: every reference leads to a schema`, () => {
    for (const reference of references(document)) {
      const name = reference.replace('#/components/schemas/', '');
      assert.ok(document.components.schemas[name], reference);
    }
  });

  test(`${path}: kubectl finds fieldValidation at the PATCH of each kind, so that it leaves checking to the server`, () => {
    for (const { group, version, kind, createOnly } of byPath.get(path)!) {
      const patches = Object.values(document.paths)
        .map(({ patch }) => patch as Operation | undefined)
        .filter((patch) => patch !== undefined);
      const own = patches.filter((patch) => {
        return (
          JSON.stringify(patch['x-kubernetes-group-version-kind']) ===
          JSON.stringify({ group, version, kind })
        );
      });
      assert.equal(own.length > 0, createOnly !== true, kind);
      for (const { parameters } of own) assert.ok(parameters.some(({ name }) => name === 'fieldValidation'));
    }
  });
}

const schemaOf = (path: string, name: string): Json => documents.get(path)?.components.schemas[name] as Json;

test('lists say how they merge', () => {
  const { properties } = schemaOf('api/v1', 'io.k8s.api.core.v1.PodSpec') as {
    properties: Record<string, Json>;
  };
  assert.deepEqual(properties.volumes, {
    description: 'Volumes that containers of the pod may mount.',
    type: 'array',
    items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Volume' },
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-patch-strategy': 'merge,retainKeys',
    'x-kubernetes-patch-merge-key': 'name',
  });
});

test('a strategic merge is offered for kinds of Kubernetes, not for custom resources', () => {
  const media = (path: string, url: string): string[] =>
    Object.keys((documents.get(path)!.paths[url]!.patch as Operation).requestBody.content);
  const strategic = 'application/strategic-merge-patch+json';
  assert.ok(media('api/v1', '/api/v1/namespaces/{namespace}/pods/{name}').includes(strategic));
  const tasks = '/apis/tekton.dev/v1/namespaces/{namespace}/tasks/{name}';
  assert.ok(!media('apis/tekton.dev/v1', tasks).includes(strategic));
});

test('the index has a document a group version, with a hash that changes with its content', () => {
  const { paths } = openApiIndex(documents);
  assert.match(
    paths['apis/tekton.dev/v1']?.serverRelativeURL ?? '',
    /^\/openapi\/v3\/apis\/tekton.dev\/v1\?hash=[0-9A-F]{64}$/,
  );
  assert.deepEqual(Object.keys(paths), [...byPath.keys()]);
});

test('the fields that people ask about most are described', () => {
  for (const [path, name] of [
    ['api/v1', 'io.k8s.api.core.v1.Container'],
    ['apis/tekton.dev/v1', 'dev.tekton.v1.TaskSpec'],
    ['apis/tekton.dev/v1', 'dev.tekton.v1.TaskRunSpec'],
    ['apis/tekton.dev/v1', 'dev.tekton.v1.Step'],
  ] as const) {
    const { properties } = schemaOf(path, name) as { properties: Record<string, Json> };
    for (const [field, schema] of Object.entries(properties))
      assert.ok(schema.description, `${name}.${field}`);
  }
});

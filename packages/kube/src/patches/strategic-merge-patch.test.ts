import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindSchema } from '../schema/kinds.ts';
import { isStatus } from '../status-error.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';

const { schema } = kindSchema('v1', 'Pod')!;

const live = {
  metadata: { labels: { a: '1', b: '2' }, finalizers: ['x', 'y'] },
  spec: {
    containers: [
      { name: 'one', image: 'i1', args: ['a', 'b'], env: [{ name: 'A', value: '1' }] },
      { name: 'two', image: 'i2' },
    ],
    volumes: [{ name: 'v', emptyDir: {} }],
    tolerations: [{ key: 'k' }],
  },
};

type Json = Record<string, unknown>;
const containers = (result: unknown): Json[] => (result as { spec: { containers: Json[] } }).spec.containers;

function apply(patch: Json): typeof live {
  return strategicMergePatch(live, patch, schema) as typeof live;
}

test('an element of a keyed list is merged, a new one is appended', () => {
  const result = apply({
    spec: {
      containers: [
        { name: 'two', image: 'new' },
        { name: 'three', image: 'i3' },
      ],
    },
  });
  assert.deepEqual(containers(result), [
    live.spec.containers[0],
    { name: 'two', image: 'new' },
    { name: 'three', image: 'i3' },
  ]);
});

test('lists without keys are replaced', () => {
  const result = apply({ spec: { containers: [{ name: 'one', args: ['c'] }], tolerations: [{ key: 'z' }] } });
  assert.deepEqual(containers(result)[0]?.args, ['c']);
  assert.deepEqual(result.spec.tolerations, [{ key: 'z' }]);
});

test('null removes a member, $patch: delete an element', () => {
  const result = apply({
    metadata: { labels: { a: null } },
    spec: {
      containers: [
        { $patch: 'delete', name: 'one' },
        { name: 'two', image: null },
      ],
    },
  });
  assert.deepEqual(result.metadata.labels, { b: '2' });
  assert.deepEqual(containers(result), [{ name: 'two' }]);
});

test('$patch: replace replaces an object or a list', () => {
  const result = apply({
    metadata: { labels: { $patch: 'replace', c: '3' } },
    spec: { containers: [{ $patch: 'replace' }, { name: 'only' }] },
  });
  assert.deepEqual(result.metadata.labels, { c: '3' });
  assert.deepEqual(containers(result), [{ name: 'only' }]);
});

test('sets of text are united, $deleteFromPrimitiveList takes out', () => {
  assert.deepEqual(apply({ metadata: { finalizers: ['y', 'z'] } }).metadata.finalizers, ['x', 'y', 'z']);
  const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': ['x'] } };
  assert.deepEqual(apply(patch).metadata.finalizers, ['y']);
});

test('$setElementOrder orders a list, named by the patch or not', () => {
  const order = [{ name: 'two' }, { name: 'one' }];
  const unnamed = apply({ spec: { '$setElementOrder/containers': order } });
  assert.deepEqual(
    containers(unnamed).map(({ name }) => name),
    ['two', 'one'],
  );
  const named = apply({
    spec: { '$setElementOrder/containers': [{ name: 'three' }, ...order], containers: [{ name: 'three' }] },
  });
  assert.deepEqual(
    containers(named).map(({ name }) => name),
    ['three', 'two', 'one'],
  );
});

test('$retainKeys leaves only the named members: a volume changes its kind', () => {
  const result = apply({
    spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] },
  });
  assert.deepEqual(result.spec.volumes, [{ name: 'v', hostPath: { path: '/x' } }]);
});

test('ports merge by containerPort', () => {
  const patched = strategicMergePatch(
    { spec: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'web' }] }] } },
    {
      spec: {
        containers: [{ name: 'a', ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 81 }] }],
      },
    },
    schema,
  );
  assert.deepEqual(containers(patched)[0]?.ports, [
    { containerPort: 80, name: 'web', hostPort: 8080 },
    { containerPort: 81 },
  ]);
});

test('the live object is not changed', () => {
  const before = structuredClone(live);
  apply({ spec: { containers: [{ name: 'one', image: 'x' }] }, metadata: { $retainKeys: ['labels'] } });
  assert.deepEqual(live, before);
});

const refused: [title: string, patch: Json][] = [
  ['an element without its key', { spec: { containers: [{ image: 'x' }] } }],
  ['an unknown directive', { spec: { $patch: 'explode' } }],
];

for (const [title, patch] of refused) {
  test(`refused: ${title}`, () =>
    assert.throws(
      () => apply(patch),
      (error) => isStatus(error, 'BadRequest'),
    ));
}

test('no prototype is reached', () => {
  const patch = JSON.parse('{"metadata":{"labels":{"__proto__":{"polluted":"x"}}}}') as Json;
  strategicMergePatch(live, patch, schema);
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
});

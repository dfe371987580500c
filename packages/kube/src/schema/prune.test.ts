import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../objects/metadata.ts';
import { kindSchema } from './kinds.ts';
import { pruneObject, strictDecodingError } from './prune.ts';

const pod = kindSchema('v1', 'Pod')!;
const run = kindSchema('tekton.dev/v1', 'TaskRun')!;

function podOf(fields: Record<string, unknown>): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, ...fields };
}

test('unknown fields are named with their path and removed', () => {
  const object = podOf({
    extra: 1,
    spec: { containers: [{ name: 'a', imagee: 'i', env: [{ name: 'A', valu: '' }] }], restartPolcy: 'Never' },
  });
  const { object: pruned, unknown } = pruneObject(object, pod);
  assert.deepEqual(unknown, [
    'extra',
    'spec.containers[0].imagee',
    'spec.containers[0].env[0].valu',
    'spec.restartPolcy',
  ]);
  assert.deepEqual(pruned, podOf({ spec: { containers: [{ name: 'a', env: [{ name: 'A' }] }] } }));
  assert.equal(
    strictDecodingError(object, { unknown: ['spec.restartPolcy'], duplicate: ['spec.x'] }).message,
    'Pod in version "v1" cannot be handled as a Pod: strict decoding error: duplicate field "spec.x", unknown field "spec.restartPolcy"',
  );
});

test('nulls stand for absence, labels are not fields', () => {
  const object = podOf({
    metadata: { name: 'x', creationTimestamp: null, labels: { 'any.dev/key': 'v' } },
    status: {},
  });
  const { object: pruned, unknown } = pruneObject(object, pod);
  assert.deepEqual(unknown, []);
  assert.deepEqual(pruned, podOf({ metadata: { name: 'x', labels: { 'any.dev/key': 'v' } }, status: {} }));
});

test('inlined fields belong to the type: volumes, probes, selectors', () => {
  const spec = {
    containers: [{ name: 'a', livenessProbe: { httpGet: { port: 1 }, periodSeconds: 2 } }],
    volumes: [{ name: 'v', configMap: { name: 'c', optional: true } }],
  };
  assert.deepEqual(pruneObject(podOf({ spec }), pod).unknown, []);
});

const values: [given: unknown, stored: unknown][] = [
  ['text', 'text'],
  [1, '1'],
  [true, 'true'],
  [
    ['a', 'b'],
    ['a', 'b'],
  ],
  [['a', 1], '["a",1]'],
  [{ a: 'b' }, { a: 'b' }],
  [{ a: 1 }, '{"a":1}'],
];

for (const [given, stored] of values) {
  test(`a Tekton value ${JSON.stringify(given)} is stored as ${JSON.stringify(stored)}`, () => {
    const object = {
      apiVersion: 'tekton.dev/v1',
      kind: 'TaskRun',
      metadata: { name: 'x' },
      spec: { params: [{ name: 'p', value: given }] },
    };
    const { object: pruned } = pruneObject(object, run);
    assert.deepEqual((pruned.spec as { params: unknown[] }).params, [{ name: 'p', value: stored }]);
  });
}

test('whatever comes in, pruning twice is pruning once, and nothing reaches the prototype', () => {
  const keys = fc.constantFrom(
    'spec',
    'containers',
    'name',
    '__proto__',
    'constructor',
    'labels',
    'metadata',
    'x',
  );
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('object'),
    ),
    object: fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
  }));
  fc.assert(
    fc.property(json.object, (fields) => {
      const once = pruneObject(
        podOf(JSON.parse(JSON.stringify(fields)) as Record<string, unknown>),
        pod,
      ).object;
      assert.deepEqual(pruneObject(once, pod), { object: once, unknown: [] });
      assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
    }),
  );
});

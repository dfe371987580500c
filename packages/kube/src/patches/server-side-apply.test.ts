import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../objects/metadata.ts';
import { kindSchema } from '../schema/kinds.ts';
import { isStatus } from '../status-error.ts';
import { isChange, serverSideApply, trackUpdate } from './server-side-apply.ts';

const pod = kindSchema('v1', 'Pod')!;
const configMap = kindSchema('v1', 'ConfigMap')!;
const now = new Date('2026-01-02T03:04:05Z');
const later = new Date('2026-01-02T03:04:06Z');

type Json = Record<string, unknown>;

const podOf = (spec: Json, labels?: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'x', ...(labels ? { labels } : {}) },
  spec,
});

function created(object: KubeObject, manager = 'creator'): KubeObject {
  const managedFields = trackUpdate({ live: undefined, next: object, manager, kind: pod, now });
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

function apply(
  live: KubeObject | undefined,
  applied: KubeObject,
  manager: string,
  force = false,
  at = now,
): KubeObject {
  const { object, conflicts } = serverSideApply({ live, applied, manager, force, kind: pod, now: at });
  assert.deepEqual(conflicts, []);
  return object;
}

const fieldsOf = (object: KubeObject, manager: string): unknown =>
  object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;

test('a creation is owned field by field, as the API writes it', () => {
  const object = created(
    podOf({ containers: [{ name: 'a', image: 'i', ports: [{ containerPort: 80 }] }] }, { l: '1' }),
  );
  assert.deepEqual(object.metadata.managedFields, [
    {
      manager: 'creator',
      operation: 'Update',
      apiVersion: 'v1',
      time: '2026-01-02T03:04:05Z',
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } },
        'f:spec': {
          'f:containers': {
            'k:{"name":"a"}': {
              '.': {},
              'f:image': {},
              'f:name': {},
              'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
            },
          },
        },
      },
    },
  ]);
});

test('an apply of other fields joins, and conflicts where a value differs', () => {
  const live = created(podOf({ containers: [{ name: 'a', image: 'i' }] }));
  const joined = apply(live, podOf({ containers: [{ name: 'a', image: 'i', tty: true }] }), 'kubectl');
  assert.deepEqual(joined.spec, { containers: [{ name: 'a', image: 'i', tty: true }] });
  const other = podOf({ containers: [{ name: 'a', image: 'other' }] });
  const { object, conflicts } = serverSideApply({
    live: joined,
    applied: other,
    manager: 'third',
    kind: pod,
    now,
  });
  assert.deepEqual(
    conflicts.map(({ message, field }) => `${message}: ${field}`),
    [
      'conflict with "kubectl": .spec.containers[name="a"].image',
      'conflict with "creator" using v1 at 2026-01-02T03:04:05Z: .spec.containers[name="a"].image',
    ],
  );
  assert.deepEqual(object, joined);
});

test('force takes the fields from their owners', () => {
  const live = created(podOf({ containers: [{ name: 'a', image: 'i' }] }));
  const taken = apply(live, podOf({ containers: [{ name: 'a', image: 'other' }] }), 'kubectl', true);
  assert.deepEqual(taken.spec, { containers: [{ name: 'a', image: 'other' }] });
  assert.deepEqual(fieldsOf(taken, 'creator'), {
    'f:spec': { 'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:name': {} } } },
  });
});

test('what a manager no longer applies goes, unless another owns it', () => {
  const first = apply(
    undefined,
    podOf(
      {
        containers: [
          { name: 'a', image: 'i' },
          { name: 'b', image: 'i' },
        ],
      },
      { l: '1', m: '2' },
    ),
    'one',
  );
  const shared = apply(first, podOf({ containers: [{ name: 'b', image: 'i' }] }), 'two');
  const less = apply(shared, podOf({ containers: [] }, { l: '1' }), 'one');
  assert.deepEqual(less.metadata.labels, { l: '1' });
  assert.deepEqual(less.spec, { containers: [{ name: 'b', image: 'i' }] });
});

test('a map that an apply empties goes as a whole', () => {
  const first = apply(undefined, podOf({}, { l: '1' }), 'one');
  assert.equal(apply(first, podOf({}), 'one').metadata.labels, undefined);
});

test('atomic values are owned and replaced as a whole', () => {
  const live = created(podOf({ nodeSelector: { a: '1' }, tolerations: [{ key: 'x' }] }));
  const next = apply(live, podOf({ nodeSelector: { b: '2' } }), 'kubectl', true);
  assert.deepEqual(next.spec, { nodeSelector: { b: '2' }, tolerations: [{ key: 'x' }] });
  assert.deepEqual(fieldsOf(next, 'kubectl'), { 'f:spec': { 'f:nodeSelector': {} } });
});

test('an update takes over what it changes, and loses what it removes', () => {
  const live = apply(undefined, podOf({ hostname: 'a', subdomain: 'b' }), 'kubectl');
  const next = { ...live, spec: { hostname: 'changed' } };
  const managedFields = trackUpdate({ live, next, manager: 'editor', kind: pod, now: later });
  assert.deepEqual(
    managedFields.map(({ manager, operation, time }) => [manager, operation, time]),
    [['editor', 'Update', '2026-01-02T03:04:06Z']],
  );
});

test('the status belongs to who writes it there', () => {
  const live = created(podOf({ hostname: 'a' }));
  const next = { ...live, status: { phase: 'Running' } };
  const [, entry] = trackUpdate({ live, next, manager: 'runner', kind: pod, now, subresource: 'status' });
  assert.equal(entry?.subresource, 'status');
  assert.deepEqual(entry?.fieldsV1, { 'f:status': { 'f:phase': {} } });
});

test('an object from before ownership conflicts instead of being taken over', () => {
  const live = podOf({ hostname: 'a' });
  const request = { live, applied: podOf({ hostname: 'b' }), manager: 'kubectl', kind: pod, now };
  assert.deepEqual(serverSideApply(request).conflicts, [
    {
      reason: 'FieldManagerConflict',
      message: 'conflict with "before-first-apply" using v1',
      field: '.spec.hostname',
    },
  ]);
});

const refused: [title: string, applied: KubeObject, live?: KubeObject][] = [
  [
    'managedFields in a configuration',
    { ...podOf({}), metadata: { name: 'x', managedFields: [{ manager: 'm' }] } },
  ],
  ['an element without its key', podOf({ containers: [{ image: 'i' }] })],
  [
    'fieldsV1 of a live object that is text',
    podOf({}),
    { ...podOf({}), metadata: { name: 'x', managedFields: [{ fieldsV1: 'x' as never }] } },
  ],
  [
    'fieldsV1 of a live object that is bottomless',
    podOf({}),
    { ...podOf({}), metadata: { name: 'x', managedFields: [{ fieldsV1: bottomless() }] } },
  ],
];

function bottomless(): never {
  return JSON.parse(`${'{"f:a":'.repeat(200)}{}${'}'.repeat(200)}`) as never;
}

for (const [title, applied, live] of refused) {
  test(`refused: ${title}`, () => {
    const request = { live, applied, manager: 'm', kind: pod, now };
    assert.throws(
      () => serverSideApply(request),
      (error) => isStatus(error, 'BadRequest'),
    );
  });
}

const data = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'x.y'), fc.constantFrom('1', '2'), {
  maxKeys: 4,
});
const mapOf = (entries: Json): KubeObject =>
  JSON.parse(
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: entries }),
  ) as KubeObject;

test('applying the same twice changes nothing the second time', () => {
  fc.assert(
    fc.property(data, data, (before, wanted) => {
      const request = { manager: 'one', kind: configMap, force: true };
      const live = serverSideApply({
        ...request,
        live: undefined,
        applied: mapOf(before),
        manager: 'other',
        now,
      }).object;
      const first = serverSideApply({ ...request, live, applied: mapOf(wanted), now }).object;
      const second = serverSideApply({ ...request, live: first, applied: mapOf(wanted), now: later }).object;
      assert.equal(isChange(first, second), false);
      assert.deepEqual(second.metadata.managedFields, first.metadata.managedFields);
    }),
  );
});

test('the only manager of an object gets exactly what it applies', () => {
  fc.assert(
    fc.property(data, data, (before, wanted) => {
      const request = { manager: 'one', kind: configMap, now };
      const live = serverSideApply({ ...request, live: undefined, applied: mapOf(before) }).object;
      const { object } = serverSideApply({ ...request, live, applied: mapOf(wanted) });
      assert.deepEqual(
        Object.entries(object.data ?? {}).sort(),
        Object.entries(mapOf(wanted).data ?? {}).sort(),
      );
    }),
  );
});

test('who applies in another version of the API is still the same', () => {
  const task = (version: string, spec: Json): KubeObject => ({
    apiVersion: `tekton.dev/${version}`,
    kind: 'Task',
    metadata: { name: 'x' },
    spec,
  });
  const applyIn = (version: string, live: KubeObject | undefined, spec: Json) =>
    serverSideApply({
      live,
      applied: task(version, spec),
      manager: 'me',
      kind: kindSchema(`tekton.dev/${version}`, 'Task')!,
      now,
    });
  const first = applyIn('v1beta1', undefined, { description: 'old', displayName: 'name' }).object;
  const { object, conflicts } = applyIn(
    'v1',
    { ...first, apiVersion: 'tekton.dev/v1' },
    { description: 'new' },
  );
  assert.deepEqual(conflicts, []);
  assert.deepEqual(object.spec, { description: 'new' });
  assert.deepEqual(
    object.metadata.managedFields?.map(({ manager, apiVersion }) => [manager, apiVersion]),
    [['me', 'tekton.dev/v1']],
  );
});

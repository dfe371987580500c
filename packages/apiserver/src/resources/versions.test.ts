import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeObject, resources } from '@slipway/kube';
import { StoredObject } from '../storage/stored-object.ts';
import { customResource } from './builtin.ts';
import { ResourceCatalog } from './catalog.ts';
import type { ResourceDefinition } from './definition.ts';
import { type Convert, toStore, viewIn } from './versions.ts';

/** What v1beta1 calls `spec.old` is `spec.new` in v1; `spec.only` of v1beta1 is an annotation there. */
const convert: Convert = (object, version) => {
  const { annotations = {}, ...metadata } = object.metadata;
  const { only, ...others } = annotations;
  const { old, new: today, only: inSpec } = object.spec as Record<string, string | undefined>;
  const name = old ?? today;
  const hidden = inSpec ?? only;
  const base = { apiVersion: `tekton.dev/${version}`, kind: object.kind };
  const status = object.status === undefined ? {} : { status: { ...object.status, in: version } };
  if (version === 'v1') {
    const shown = hidden === undefined ? others : { ...others, only: hidden };
    return { ...base, metadata: { ...metadata, annotations: shown }, spec: { new: name }, ...status };
  }
  const spec = hidden === undefined ? { old: name } : { old: name, only: hidden };
  return { ...base, metadata: { ...metadata, annotations: others }, spec, ...status };
};

const v1 = customResource(resources.tasks, [], { convert });
const beta = customResource({ ...resources.tasks, version: 'v1beta1' }, [], { convert });

function stored(object: object): StoredObject {
  const key = { resource: 'tekton.dev/tasks', namespace: 'default', name: 'x' };
  return new StoredObject(key, 'uid', 7, JSON.stringify(object));
}

const written = stored({
  apiVersion: 'tekton.dev/v1beta1',
  kind: 'Task',
  metadata: { name: 'x', annotations: { note: 'mine' } },
  spec: { old: 'a', only: 'b' },
  status: { n: 1 },
});

function changed(definition: ResourceDefinition, change: (object: KubeObject) => void): KubeObject {
  const object = viewIn(definition, written).copy();
  change(object);
  return toStore(definition, written, object);
}

test('an object in the version in which it was written is not converted, whatever comes first in its text', () => {
  assert.equal(viewIn(beta, written), written);
  const other = stored({ kind: 'Task', metadata: { name: 'x' }, apiVersion: 'tekton.dev/v1beta1' });
  assert.equal(viewIn(beta, other), other);
  assert.equal(viewIn(customResource(resources.tasks), written), written, 'a kind without other versions');
});

test('a view is made once, and has the revision of its object', () => {
  const view = viewIn(v1, written);
  assert.equal(viewIn(v1, written), view);
  assert.equal(view.revision, 7);
  assert.deepEqual(view.object.spec, { new: 'a' });
});

test('a change of metadata leaves the rest as it was written', () => {
  const result = changed(v1, ({ metadata }) => {
    metadata.labels = { color: 'blue' };
    metadata.annotations = { ...metadata.annotations, note: 'yours' };
  });
  assert.deepEqual(result, {
    ...written.object,
    metadata: { name: 'x', labels: { color: 'blue' }, annotations: { note: 'yours' } },
  });
});

test('a change of the status is stored in the version of the object', () => {
  const result = changed(v1, (object) => {
    object.status = { n: 2 };
  });
  assert.deepEqual(result, { ...written.object, status: { n: 2, in: 'v1beta1' } });
});

test('a change of the spec makes it an object of the version of its writer', () => {
  const result = changed(v1, (object) => {
    object.spec = { new: 'other' };
  });
  assert.equal(result.apiVersion, 'tekton.dev/v1');
  assert.deepEqual(result.metadata.annotations, { note: 'mine', only: 'b' });
});

test('so does a change of an annotation that the conversion made', () => {
  for (const annotations of [{ note: 'mine' }, { note: 'mine', only: 'other' }]) {
    const result = changed(v1, ({ metadata }) => {
      metadata.annotations = annotations as Record<string, string>;
    });
    assert.equal(result.apiVersion, 'tekton.dev/v1');
    assert.deepEqual(result.metadata.annotations, annotations);
  }
});

test('the preferred version is the newest stable one, in whatever order they are told', () => {
  const types = ['v1alpha1', 'v1', 'v1beta2', 'v2alpha1', 'v1beta1'].map((version) =>
    customResource({ ...resources.tasks, version }),
  );
  const catalog = new ResourceCatalog([...types, beta]);
  assert.deepEqual(catalog.groups().get('tekton.dev'), ['v1', 'v1beta2', 'v1beta1', 'v2alpha1', 'v1alpha1']);
  assert.ok(catalog.definitions.every((definition) => definition.convert === convert));
});

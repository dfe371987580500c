import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectMeta } from '../objects/metadata.ts';
import { resources } from '../resources.ts';
import { validateMetadata } from './metadata.ts';

function fields(metadata: Partial<ObjectMeta>, type = resources.pods): string[] {
  const object = { apiVersion: 'v1', kind: type.kind, metadata: { name: 'x', ...metadata } };
  return validateMetadata(object, type).map(({ field }) => field);
}

const { namespaces, clusterroles } = resources;
const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '' };

const cases: [title: string, got: () => string[], want: string[]][] = [
  ['a plain name', () => fields({}), []],
  ['no name', () => fields({ name: '' }), ['metadata.name']],
  ['a base for a name may end in a dash', () => fields({ name: '', generateName: 'a-' }), []],
  [
    'a base that no name can begin with',
    () => fields({ name: '', generateName: 'A_' }),
    ['metadata.generateName'],
  ],
  ['a dot is right in most names', () => fields({ name: 'a.b' }), []],
  ['a dot is wrong in a namespace', () => fields({ name: 'a.b' }, namespaces), ['metadata.name']],
  ['a colon is right in a role', () => fields({ name: 'system:x' }, clusterroles), []],
  [
    'a wrong label key and value',
    () => fields({ labels: { '-': 'a b' } }),
    ['metadata.labels', 'metadata.labels'],
  ],
  ['a wrong annotation key', () => fields({ annotations: { 'a/b/c': '' } }), ['metadata.annotations']],
  [
    'annotations beyond 256 KiB',
    () => fields({ annotations: { a: 'x'.repeat(262_144) } }),
    ['metadata.annotations'],
  ],
  ['an owner without a uid', () => fields({ ownerReferences: [owner] }), ['metadata.ownerReferences[0].uid']],
  ['a wrong finalizer', () => fields({ finalizers: ['a b'] }), ['metadata.finalizers[0]']],
];

for (const [title, got, want] of cases) test(title, () => assert.deepEqual(got(), want));

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { KubeObject, OwnerReference } from '@slipway/kube';
import { ObjectStore } from './object-store.ts';
import type { StoreEvent } from './stored-object.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-store-'));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function openStore(options?: { keepEvents?: number }): { store: ObjectStore; file: string } {
  files += 1;
  const file = join(folder, `${files}.db`);
  return { store: new ObjectStore(file, options), file };
}

function key(name: string, namespace = 'n') {
  return { resource: '/configmaps', namespace, name };
}

function configMap(name: string, data: Record<string, string> = {}, owners?: OwnerReference[]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'n', uid: `uid-${name}`, ...(owners ? { ownerReferences: owners } : {}) },
    data,
  };
}

test('every write gets the next revision, which is the resourceVersion', () => {
  const { store } = openStore();
  const first = store.create(key('a'), configMap('a'));
  const second = store.update(key('a'), configMap('a', { x: '1' }), first.revision);
  assert.equal(second.revision, first.revision + 1);
  assert.equal(second.object.metadata.resourceVersion, String(second.revision));
  assert.equal(store.get(key('a'))?.text, second.text);
  assert.equal(store.delete(key('a'), second.revision).revision, second.revision + 1);
  assert.equal(store.get(key('a')), undefined);
});

test('a write that expects another revision changes nothing', () => {
  const { store } = openStore();
  const { revision } = store.create(key('a'), configMap('a'));
  assert.throws(() => store.create(key('a'), configMap('a')), { code: 'OBJECT_EXISTS' });
  assert.throws(() => store.update(key('a'), configMap('a'), revision + 1), { code: 'OBJECT_CHANGED' });
  assert.throws(() => store.delete(key('b'), revision), { code: 'OBJECT_CHANGED' });
  assert.equal(store.revision, revision);
});

test('a restart keeps objects, revisions and the log', () => {
  const { store, file } = openStore();
  const { revision } = store.create(key('a'), configMap('a'));
  store.update(key('a'), configMap('a', { x: '1' }), revision);
  store.close();
  const again = new ObjectStore(file);
  assert.equal(again.revision, revision + 1);
  assert.deepEqual(
    again.eventsAfter(revision, '/configmaps').map(({ type }) => type),
    ['MODIFIED'],
  );
  assert.equal(again.create(key('b'), configMap('b')).revision, revision + 2);
});

test('subscribers see events at once and in order, also those that they cause', () => {
  const { store } = openStore();
  const seen: string[] = [];
  store.subscribe('/configmaps', ({ type, object }: StoreEvent) => {
    if (object.key.name === 'a' && type === 'ADDED') store.create(key('caused'), configMap('caused'));
    seen.push(`${type} ${object.key.name}`);
  });
  store.subscribe(undefined, ({ object }) => seen.push(`all ${object.key.name}`));
  store.create(key('a'), configMap('a'));
  assert.deepEqual(seen, ['ADDED a', 'all a', 'ADDED caused', 'all caused']);
});

test('compaction forgets the oldest events, and says so', () => {
  const { store } = openStore();
  let { revision } = store.create(key('a'), configMap('a'));
  const first = revision;
  for (let i = 0; i < 5; i++)
    ({ revision } = store.update(key('a'), configMap('a', { i: `${i}` }), revision));
  store.compact(2);
  assert.throws(() => store.eventsAfter(first, '/configmaps'), { code: 'REVISION_COMPACTED' });
  assert.equal(store.eventsAfter(revision - 2, '/configmaps').length, 2);
  store.compact(0);
  assert.equal(store.compactedRevision, revision);
});

test('a list of the past shows each object as it was', () => {
  const { store } = openStore();
  const a = store.create(key('a'), configMap('a', { v: 'old' }));
  const b = store.create(key('b'), configMap('b'));
  const then = store.revision;
  store.update(key('a'), configMap('a', { v: 'new' }), a.revision);
  store.delete(key('b'), b.revision);
  store.create(key('c'), configMap('c'));
  const past = store.list({ resource: '/configmaps', revision: then }).items;
  assert.deepEqual(
    past.map(({ object }) => [object.metadata.name, object.data]),
    [
      ['a', { v: 'old' }],
      ['b', {}],
    ],
  );
  const after = { namespace: 'n', name: 'a' };
  assert.equal(store.list({ resource: '/configmaps', revision: then, after }).items.length, 1);
});

test('a limit cuts the list, and counts what is left', () => {
  const { store } = openStore();
  for (const name of ['c', 'a', 'b']) store.create(key(name), configMap(name));
  const { items, remaining } = store.list({ resource: '/configmaps', namespace: 'n', limit: 2 });
  assert.deepEqual(
    items.map((item) => item.key.name),
    ['a', 'b'],
  );
  assert.equal(remaining, true);
  assert.equal(store.count('/configmaps', 'n', { namespace: 'n', name: 'b' }), 1);
});

test('dependents are found by the uid of their owner', () => {
  const { store } = openStore();
  const owner: OwnerReference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'uid-o' };
  store.create(key('o'), configMap('o'));
  const child = store.create(key('c'), configMap('c', {}, [owner]));
  assert.deepEqual(
    store.dependents('uid-o').map((item) => item.key.name),
    ['c'],
  );
  assert.deepEqual(store.withMissingOwner(), []);
  store.delete(key('o'), store.get(key('o'))!.revision);
  assert.deepEqual(
    store.withMissingOwner().map((item) => item.key.name),
    ['c'],
  );
  store.update(key('c'), configMap('c'), child.revision);
  assert.deepEqual(store.dependents('uid-o'), []);
});

test('a file that is no store is refused', async () => {
  const file = join(folder, 'text.db');
  const { writeFile } = await import('node:fs/promises');
  await writeFile(file, 'this is not a database, and long enough to be looked at as one '.repeat(20));
  assert.throws(() => new ObjectStore(file), { code: 'STORE_CORRUPT' });
});

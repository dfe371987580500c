import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, mediaTypes } from '@slipway/oci';
import { temporaryFolder } from '@slipway/testkit';
import { MetadataStore } from './metadata-store.ts';

const record = (text: string) => ({
  digest: digestOf(text),
  mediaType: mediaTypes.ociManifest,
  size: 1,
  links: [],
});

test('a change that throws is undone alone, its neighbours in the same commit are kept', async () => {
  using folder = temporaryFolder();
  const store = new MetadataStore(folder.path);
  const results = await Promise.allSettled([
    store.change((writer) => writer.linkBlob('a', digestOf('1'), 1, 0)),
    store.change((writer) => {
      writer.linkBlob('a', digestOf('2'), 2, 0);
      throw new Error('no');
    }),
    store.change((writer) => writer.linkBlob('a', digestOf('3'), 3, 0)),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(
    ['1', '2', '3'].map((text) => store.blobSize('a', digestOf(text))),
    [1, undefined, 3],
  );
  store.close();
});

test('nothing of a change is visible before it is durable', async () => {
  using folder = temporaryFolder();
  const store = new MetadataStore(folder.path);
  const pending = store.change((writer) => {
    writer.putManifest('a', record('m'), 0);
    writer.setTag('a', 'v1', digestOf('m'), 0);
  });
  assert.equal(store.taggedManifest('a', 'v1'), undefined);
  await pending;
  assert.equal(store.taggedManifest('a', 'v1')?.digest, digestOf('m'));
  store.close();
  const again = new MetadataStore(folder.path);
  assert.deepEqual(again.tags('a', { last: '', limit: 10 }), ['v1']);
  again.close();
});

test('a manifest takes its tags with it, and a tag cannot name what is not there', async () => {
  using folder = temporaryFolder();
  const store = new MetadataStore(folder.path);
  await store.change((writer) => {
    writer.putManifest('a', record('m'), 0);
    writer.setTag('a', 'v1', digestOf('m'), 0);
  });
  await assert.rejects(
    store.change((writer) => writer.setTag('a', 'v2', digestOf('other'), 0)),
    /FOREIGN KEY/,
  );
  await store.change((writer) => writer.deleteManifest('a', digestOf('m')));
  assert.deepEqual(store.tags('a', { last: '', limit: 10 }), []);
  store.close();
});

test("a namespace's bytes count each blob once, and not those of namespaces with a longer name", async () => {
  using folder = temporaryFolder();
  const store = new MetadataStore(folder.path);
  await store.change((writer) => {
    writer.linkBlob('team/a', digestOf('1'), 10, 0);
    writer.linkBlob('team/b', digestOf('1'), 10, 0);
    writer.linkBlob('team/b', digestOf('2'), 5, 0);
    writer.linkBlob('team-b/c', digestOf('3'), 100, 0);
    writer.linkBlob('teams/c', digestOf('4'), 100, 0);
  });
  assert.equal(store.namespaceBytes('team'), 15);
  store.close();
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { type Digest, digestOf } from '../digest.ts';
import { ContentStore } from './content-store.ts';

const CONTENT = Buffer.from('some content');
const DIGEST = digestOf(CONTENT);

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

const leftovers = (store: ContentStore): string[] => readdirSync(`${store.root}/ingest`);

test('what is stored is found by its digest', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  const info = await store.ingest(pieces('some ', 'content'), { digest: DIGEST, size: CONTENT.length });
  assert.deepEqual(info, { digest: DIGEST, size: CONTENT.length });
  assert.deepEqual(await store.stat(DIGEST), info);
  assert.deepEqual(await store.read(DIGEST), CONTENT);
  assert.equal(
    Buffer.concat(await (await store.open(DIGEST, { start: 5, end: 8 })).toArray()).toString(),
    'cont',
  );
  assert.deepEqual(
    (await collect(store.list())).map(({ digest }) => digest),
    [DIGEST],
  );
  assert.equal(await store.delete(DIGEST), true);
  assert.equal(await store.delete(DIGEST), false);
  assert.deepEqual(leftovers(store), []);
});

test('a blob that is not there is said to be unknown', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  assert.equal(await store.stat(DIGEST), undefined);
  await assert.rejects(store.open(DIGEST), { code: 'BLOB_UNKNOWN', kind: 'not-found' });
  await assert.rejects(store.read(DIGEST), { code: 'BLOB_UNKNOWN' });
});

test('a large blob is not read into memory by mistake', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  await store.put(CONTENT);
  await assert.rejects(store.read(DIGEST, 5), { code: 'BLOB_TOO_LARGE' });
});

const wrong: [what: string, expected: { digest?: Digest; size?: number }, code: string][] = [
  ['a wrong digest', { digest: digestOf('other') }, 'DIGEST_MISMATCH'],
  ['a wrong sha512 digest', { digest: digestOf('other', 'sha512') }, 'DIGEST_MISMATCH'],
  ['fewer bytes than said', { size: 100 }, 'SIZE_MISMATCH'],
  ['more bytes than said', { digest: DIGEST, size: 3 }, 'SIZE_MISMATCH'],
];

for (const [what, expected, code] of wrong) {
  test(`${what} leaves nothing behind`, async () => {
    using folder = temporaryFolder();
    const store = await ContentStore.open(folder.path);
    await assert.rejects(store.ingest(pieces('some ', 'content'), expected), { code, kind: 'invalid' });
    assert.deepEqual(await collect(store.list()), []);
    assert.deepEqual(leftovers(store), []);
  });
}

test('a source that fails leaves nothing behind', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield CONTENT;
    throw new Error('the connection broke');
  }
  await assert.rejects(store.ingest(failing()), /the connection broke/);
  assert.deepEqual(leftovers(store), []);
});

test('the same blob may be stored twice at once', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  await Promise.all(
    Array.from({ length: 8 }, () => store.ingest(pieces('some content'), { digest: DIGEST })),
  );
  assert.equal((await collect(store.list())).length, 1);
  assert.deepEqual(leftovers(store), []);
});

test('an upload session goes on in another process', async () => {
  using folder = temporaryFolder();
  const first = await (await ContentStore.open(folder.path)).begin();
  await first.write(CONTENT.subarray(0, 5));
  await first.detach();
  const store = await ContentStore.open(folder.path);
  const resumed = await store.resume(first.id);
  assert.equal(resumed?.offset, 5);
  await assert.rejects(store.resume(first.id), { code: 'INGEST_BUSY', kind: 'conflict' });
  await resumed.write(CONTENT.subarray(5));
  assert.deepEqual(await resumed.commit({ digest: DIGEST }), { digest: DIGEST, size: CONTENT.length });
  assert.equal(await store.resume(first.id), undefined);
});

test('a session begun as sha256 may be committed as sha512', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  await using ingest = await store.begin();
  await ingest.write(CONTENT);
  const digest = digestOf(CONTENT, 'sha512');
  assert.equal((await ingest.commit({ digest })).digest, digest);
  assert.deepEqual(await store.read(digest), CONTENT);
});

test('a session is not found by a path', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  for (const id of ['../blobs/sha256/x', '', '.', 'up-', `up-${'0'.repeat(32)}/..`]) {
    assert.equal(await store.resume(id), undefined);
  }
});

test('old sessions expire, open ones do not', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  const old = await store.begin();
  await old.detach();
  await using open = await store.begin();
  utimesSync(`${folder.path}/ingest/${open.id}`, 1, 1);
  utimesSync(`${folder.path}/ingest/${old.id}`, 1, 1);
  assert.deepEqual(await store.expireSessions(new Date(Date.now() - 1000)), [old.id]);
});

test('what a killed writer left is removed when the store is opened again; a living one keeps its file', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  const script = `import { ContentStore } from ${JSON.stringify(`${import.meta.dirname}/content-store.ts`)};
    const store = await ContentStore.open(${JSON.stringify(folder.path)});
    const ingest = await store.beginTemporary();
    await ingest.write(Buffer.from('half'));
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawnSync(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    script,
  ]);
  assert.equal(child.signal, 'SIGKILL');
  await using mine = await store.beginTemporary();
  assert.equal(leftovers(store).length, 2);
  await ContentStore.open(folder.path);
  assert.deepEqual(leftovers(store), [mine.id]);
});

test('a stray file among the blobs is not listed', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  writeFileSync(`${folder.path}/blobs/sha256/README`, '');
  assert.deepEqual(await collect(store.list()), []);
});

test('what was renewed is not removed as unused', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  assert.equal(await store.renew(DIGEST), undefined);
  await store.put(CONTENT);
  utimesSync(store.path(DIGEST), 1, 1);
  const unusedSince = new Date(Date.now() - 60_000);
  assert.deepEqual(await store.renew(DIGEST), { digest: DIGEST, size: CONTENT.length });
  assert.equal(await store.delete(DIGEST, { unusedSince }), false);
  utimesSync(store.path(DIGEST), 1, 1);
  assert.equal(await store.delete(DIGEST, { unusedSince }), true);
  assert.equal(await store.delete(DIGEST, { unusedSince }), false);
});

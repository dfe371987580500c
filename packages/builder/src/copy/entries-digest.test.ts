import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { temporaryFolder } from '@slipway/testkit';
import { FileIndex } from '../cache/file-index.ts';
import { planCopy } from './copy-plan.ts';
import { entriesDigest } from './entries-digest.ts';

async function digestOfFolder(root: string, indexFile: string): Promise<string> {
  const tree = { root, title: 'the context', keepsOwners: false };
  const entries = planCopy({
    sources: [{ kind: 'tree', tree, path: '.' }],
    destination: '/',
    rootfs: undefined,
    now: new Date(),
  });
  const index = await FileIndex.open(indexFile);
  const digest = await entriesDigest(entries, index);
  await index.save();
  return digest;
}

test('content, names and modes count; times do not', async () => {
  using folder = temporaryFolder();
  const root = folder.join('context');
  const index = folder.join('index');
  mkdirSync(root);
  writeFileSync(folder.join('context/a'), 'one');
  const first = await digestOfFolder(root, index);
  utimesSync(folder.join('context/a'), 1, 1);
  assert.equal(await digestOfFolder(root, index), first);
  chmodSync(folder.join('context/a'), 0o755);
  const executable = await digestOfFolder(root, index);
  assert.notEqual(executable, first);
  writeFileSync(folder.join('context/a'), 'two');
  assert.notEqual(await digestOfFolder(root, index), executable);
});

test('a file that was written right now is not remembered', async () => {
  using folder = temporaryFolder();
  const root = folder.join('context');
  mkdirSync(root);
  writeFileSync(folder.join('context/a'), 'one');
  await digestOfFolder(root, folder.join('index'));
  assert.equal(statSync(folder.join('index'), { throwIfNoEntry: false }), undefined);
});

test('a file that is remembered is not read again, and one that changed is', async () => {
  using folder = temporaryFolder();
  const root = folder.join('context');
  mkdirSync(root);
  writeFileSync(folder.join('context/a'), 'one');
  // Where the file system has whole seconds it takes two of them.
  const { ctimeNs } = statSync(folder.join('context/a'), { bigint: true });
  await setTimeout(ctimeNs % 1_000_000_000n === 0n ? 2000 : 120);
  const first = await digestOfFolder(root, folder.join('index'));
  const known = statSync(folder.join('index'));
  assert.equal(await digestOfFolder(root, folder.join('index')), first);
  assert.deepEqual(statSync(folder.join('index')).ino, known.ino, 'nothing new was remembered');
  writeFileSync(folder.join('context/a'), 'two');
  assert.notEqual(await digestOfFolder(root, folder.join('index')), first);
});

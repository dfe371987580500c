import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { FileIndex } from '../cache/file-index.ts';
import { planCopy } from './copy-plan.ts';
import { entriesDigest } from './entries-digest.ts';

async function digestOfFolder(root: string, indexFile: string, now = new Date()): Promise<string> {
  const tree = { root, title: 'the context', keepsOwners: false };
  const entries = planCopy({
    sources: [{ kind: 'tree', tree, path: '.' }],
    destination: '/',
    rootfs: undefined,
    now,
  });
  const index = await FileIndex.open(indexFile);
  const digest = await entriesDigest(entries, index, now);
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

test('a file that is remembered is not read again; one that was written right now is not remembered', async () => {
  using folder = temporaryFolder();
  const root = folder.join('context');
  mkdirSync(root);
  writeFileSync(folder.join('context/a'), 'one');
  const later = new Date(Date.now() + 10_000);
  await digestOfFolder(root, folder.join('fresh'));
  assert.equal(statSync(folder.join('fresh'), { throwIfNoEntry: false }), undefined);
  const first = await digestOfFolder(root, folder.join('index'), later);
  assert.match(readFileSync(folder.join('index'), 'utf8'), /^[0-9a-f]{64} \d+:/);
  assert.equal(await digestOfFolder(root, folder.join('index'), later), first);
});

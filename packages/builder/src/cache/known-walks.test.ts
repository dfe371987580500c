import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ignoreMatcher } from '@slipway/dockerfile';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { planCopy } from '../copy/copy-plan.ts';
import { type CacheKey, cacheKey } from './cache-key.ts';
import { KnownWalks } from './known-walks.ts';
import { WalkRecord } from './walk-record.ts';

const KEY: CacheKey = cacheKey('walk', {});
const DIGEST = 'ab'.repeat(32);

/** 1,100 files, a symlink, a name that is not UTF-8, a folder that is ignored. */
async function makeContext(folder: TemporaryFolder): Promise<string> {
  const root = folder.join('context');
  for (const name of ['d/e', 'ignored', 'empty']) mkdirSync(`${root}/${name}`, { recursive: true });
  for (let at = 0; at < 1100; at++) writeFileSync(`${root}/d/${at % 2 ? 'e/' : ''}file-${at}`, 'content');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/d/`), Buffer.from([0xff, 0xfe])]), 'bytes');
  symlinkSync('file-0', `${root}/d/link`);
  writeFileSync(`${root}/ignored/log`, '');
  const { ctimeNs } = lstatSync(`${root}/ignored/log`, { bigint: true });
  // Where the file system has whole seconds it takes two of them.
  await setTimeout(ctimeNs % 1_000_000_000n === 0n ? 2100 : 150);
  return root;
}

function walkThrough(root: string): WalkRecord {
  const walk = new WalkRecord(root);
  const tree = { root, title: 'the context', keepsOwners: false, ignore: ignoreMatcher(['ignored']) };
  const sources = [{ kind: 'tree', tree, path: '.' }] as const;
  planCopy({ sources, destination: '/', rootfs: undefined, now: new Date(), walk });
  return walk;
}

test('a folder in which nothing changed is known, with all that a plan depends on', async () => {
  using folder = temporaryFolder();
  const root = await makeContext(folder);
  const walks = new KnownWalks(folder.join('walks'));
  assert.equal(await walks.unchanged(KEY, root), undefined);
  await walks.keep(KEY, walkThrough(root), DIGEST);
  assert.equal(await walks.unchanged(KEY, root), DIGEST);
  assert.equal(await walks.unchanged(cacheKey('walk', { other: 1 }), root), undefined);

  // What is left out does not count.
  appendFileSync(`${root}/ignored/log`, 'a line');
  writeFileSync(`${root}/ignored/new`, '');
  assert.equal(await walks.unchanged(KEY, root), DIGEST);
});

const changes: readonly { readonly name: string; readonly change: (root: string) => void }[] = [
  {
    name: 'other bytes and the old time',
    change: (root) => {
      const { atime, mtime } = lstatSync(`${root}/d/file-2`);
      writeFileSync(`${root}/d/file-2`, 'CONTENT');
      utimesSync(`${root}/d/file-2`, atime, mtime);
    },
  },
  { name: 'a mode', change: (root) => chmodSync(`${root}/d/e/file-1`, 0o755) },
  { name: 'a new file', change: (root) => writeFileSync(`${root}/d/e/new`, '') },
  { name: 'a new file where there was none', change: (root) => writeFileSync(`${root}/empty/new`, '') },
  { name: 'a file less', change: (root) => rmSync(`${root}/d/file-0`) },
  { name: 'another name', change: (root) => renameSync(`${root}/d/file-0`, `${root}/d/file-x`) },
  { name: 'a second name', change: (root) => linkSync(`${root}/d/file-0`, `${root}/d/e/zero`) },
  {
    name: 'a link elsewhere',
    change: (root) => {
      rmSync(`${root}/d/link`);
      symlinkSync('file-2', `${root}/d/link`);
    },
  },
  {
    name: 'a folder for another',
    change: (root) => {
      renameSync(`${root}/d/e`, `${root}/old`);
      mkdirSync(`${root}/d/e`);
    },
  },
  { name: 'the mode of a folder', change: (root) => chmodSync(`${root}/empty`, 0o700) },
  { name: 'the whole folder', change: (root) => rmSync(root, { recursive: true }) },
];

for (const { name, change } of changes) {
  test(`a change is seen: ${name}`, async () => {
    using folder = temporaryFolder();
    const root = await makeContext(folder);
    const walks = new KnownWalks(folder.join('walks'));
    await walks.keep(KEY, walkThrough(root), DIGEST);
    change(root);
    assert.equal(await walks.unchanged(KEY, root), undefined);
  });
}

test('what could change again without being seen is not kept, nor what is small', async () => {
  using folder = temporaryFolder();
  const root = await makeContext(folder);
  const walks = new KnownWalks(folder.join('walks'));
  writeFileSync(`${root}/d/file-0`, 'just now');
  await walks.keep(KEY, walkThrough(root), DIGEST);
  const small = new WalkRecord(root);
  small.add('d' as never, lstatSync(`${root}/d`, { bigint: true }));
  await walks.keep(KEY, small, DIGEST);
  const unsure = walkThrough(root);
  unsure.giveUp();
  await walks.keep(KEY, unsure, DIGEST);
  assert.equal(lstatSync(folder.join('walks'), { throwIfNoEntry: false }), undefined);
});

test('a damaged record is none', async () => {
  using folder = temporaryFolder();
  const root = await makeContext(folder);
  const walks = new KnownWalks(folder.join('walks'));
  await walks.keep(KEY, walkThrough(root), DIGEST);
  const [name] = readdirSync(folder.join('walks'));
  const file = folder.join('walks', name!);
  const whole = readFileSync(file);
  for (const at of [0, 4, 8, 12, 20, 60, whole.length - 1]) {
    const damaged = Buffer.from(whole);
    damaged[at]! ^= 1;
    writeFileSync(file, damaged);
    assert.equal(await walks.unchanged(KEY, root), undefined, `byte ${at}`);
  }
  for (const size of [0, 10, 60, whole.length - 1]) {
    writeFileSync(file, whole.subarray(0, size));
    assert.equal(await walks.unchanged(KEY, root), undefined, `${size} bytes`);
  }
  writeFileSync(file, whole);
  assert.equal(await walks.unchanged(KEY, root), DIGEST);
});

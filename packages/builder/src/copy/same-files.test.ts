import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { FileIndex } from '../cache/file-index.ts';
import { planCopy } from './copy-plan.ts';
import { entriesDigest } from './entries-digest.ts';
import type { EntryTable } from './entry-table.ts';
import { requireSameFiles } from './same-files.ts';

async function plan(folder: TemporaryFolder, destination: string, path = '.'): Promise<EntryTable> {
  const tree = { root: folder.join('context'), title: 'the context', keepsOwners: false };
  const sources = [{ kind: 'tree', tree, path }] as const;
  const entries = planCopy({ sources, destination, rootfs: undefined, now: new Date() });
  await entriesDigest(entries, await FileIndex.open(folder.join('index')));
  return entries;
}

function makeContext(folder: TemporaryFolder): void {
  mkdirSync(folder.join('context/d'), { recursive: true });
  for (const name of ['a', 'b', 'd/c']) writeFileSync(folder.join('context', name), `content of ${name}`);
}

const changes: readonly {
  readonly name: string;
  readonly path: string;
  readonly change: (path: string) => void;
  readonly wanted: string | undefined;
}[] = [
  {
    name: 'gets another content',
    path: 'd/c',
    change: (path) => writeFileSync(path, 'CONTENT OF D/C'),
    wanted: '/dst/d/c',
  },
  { name: 'grows', path: 'a', change: (path) => appendFileSync(path, 'x'), wanted: '/dst/a' },
  { name: 'gets another mode', path: 'a', change: (path) => chmodSync(path, 0o755), wanted: '/dst/a' },
  { name: 'is new', path: 'new', change: (path) => writeFileSync(path, ''), wanted: '/dst/new' },
  { name: 'is gone', path: 'b', change: (path) => rmSync(path), wanted: 'b' },
  { name: 'is touched', path: 'b', change: (path) => utimesSync(path, 1, 1), wanted: undefined },
];

for (const { name, path, change, wanted } of changes) {
  test(`between two plans a file ${name}`, async () => {
    using folder = temporaryFolder();
    makeContext(folder);
    const before = await plan(folder, '/dst/');
    change(folder.join('context', path));
    const now = await plan(folder, '/dst/');
    const check = (): void => requireSameFiles(before, now, { modes: true });
    if (wanted === undefined) check();
    else assert.throws(check, { code: 'COPY_SOURCE_CHANGED', message: new RegExp(`${wanted} changed`) });
  });
}

test('another destination, --chmod and files that replace each other there are no change', async () => {
  using folder = temporaryFolder();
  makeContext(folder);
  requireSameFiles(await plan(folder, '/one/'), await plan(folder, '/two/three/'), { modes: true });
  const inFolder = await plan(folder, '/one/', '[ab]');
  const asFile = await plan(folder, '/one', '[ab]');
  assert.equal([...asFile.ofType('file')].length, 1);
  requireSameFiles(inFolder, asFile, { modes: true });
  const before = await plan(folder, '/one/');
  chmodSync(folder.join('context/a'), 0o755);
  requireSameFiles(before, await plan(folder, '/one/'), { modes: false });
});

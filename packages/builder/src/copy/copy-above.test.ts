import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { SlipwayError } from '@slipway/core';
import { applyLayer } from '@slipway/oci';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { copyLayer } from './copy-layer.ts';
import { type CopyPlanOptions, planCopy, planFolder } from './copy-plan.ts';
import { EntryTable } from './entry-table.ts';

/** What a COPY says; without sources it is a WORKDIR. */
interface Step {
  readonly sources: readonly string[];
  readonly to: string;
  readonly more?: Partial<CopyPlanOptions>;
}

interface Case {
  readonly name: string;
  readonly first: Step;
  readonly second: Step;
}

const NOW = new Date(1_700_000_000_000);
const file: Step = { sources: ['a'], to: '/new/a' };

/** The context that both steps copy from: as the root file system of nothing. */
const CONTEXT = ['a', 'dir/x', 'dir/sub/y', 'links/opt -> /opt', 'links/in -> ../new', 'links/loop -> loop'];

const cases: readonly Case[] = [
  { name: 'a file beside another', first: file, second: { sources: ['a'], to: '/new/' } },
  { name: 'a file over the same', first: file, second: { sources: ['a'], to: '/new/a' } },
  { name: 'a file below a file', first: file, second: { sources: ['a'], to: '/new/a/b' } },
  { name: 'a file over a folder', first: file, second: { sources: ['dir'], to: '/new/a' } },
  { name: 'a file where a folder was made', first: file, second: { sources: ['a'], to: '/new' } },
  {
    name: 'the same folder twice',
    first: { sources: ['dir'], to: '/d' },
    second: { sources: ['dir'], to: '/d' },
  },
  {
    name: 'into a folder of a folder',
    first: { sources: ['dir'], to: '/d' },
    second: { sources: ['a'], to: '/d/sub/' },
  },
  {
    name: 'folders of an owner and a mode',
    first: { ...file, more: { owner: { uid: 7, gid: 8 }, mode: { octal: 0o750 } } },
    second: { sources: ['dir'], to: '/new/deep' },
  },
  {
    name: 'through a link that was copied',
    first: { sources: ['links'], to: '/l' },
    second: { sources: ['a'], to: '/l/opt/b' },
  },
  {
    name: 'through a link that was copied into what was copied',
    first: { sources: ['links', 'dir'], to: '/l/' },
    second: { sources: ['a'], to: '/l/in/b' },
  },
  {
    name: 'links in a circle',
    first: { sources: ['links'], to: '/l' },
    second: { sources: ['a'], to: '/l/loop/b' },
  },
  { name: 'a working folder', first: { sources: [], to: '/w/x' }, second: { sources: ['a'], to: '/w/x/' } },
  { name: 'a working folder again', first: { sources: [], to: '/w/x' }, second: { sources: [], to: '/w/x' } },
  { name: 'a working folder in what was copied', first: file, second: { sources: [], to: '/new/w' } },
];

for (const { name, first, second } of cases) {
  test(`a plan on a plan is that on its layer: ${name}`, async () => {
    using folder = temporaryFolder();
    const root = makeTree(folder, 'context', CONTEXT);
    // Each alone, so that they are what COPY has seen.
    const base = makeTree(folder, 'base', ['opt/', 'etc/passwd']);
    const unpacked = makeTree(folder, 'unpacked', ['opt/', 'etc/passwd']);
    const below = plan(root, first, { rootfs: base });
    assert.ok(below instanceof EntryTable);
    await applyLayer(unpacked, copyLayer(below));

    const wanted = plan(root, second, { rootfs: unpacked });
    const got = plan(root, second, { rootfs: base, above: [below] });
    assert.deepEqual(described(got), described(wanted));
  });
}

function plan(
  root: string,
  { sources, to, more }: Step,
  below: Pick<CopyPlanOptions, 'rootfs' | 'above'>,
): EntryTable | string | undefined {
  const tree = { root, title: 'the context', keepsOwners: false };
  const options = { ...below, destination: to, now: NOW, ...more };
  try {
    if (sources.length === 0) return planFolder(options);
    return planCopy({ ...options, sources: sources.map((path) => ({ kind: 'tree', tree, path })) });
  } catch (error) {
    assert.ok(error instanceof SlipwayError);
    return error.code;
  }
}

/** Times in whole seconds, as layers have them. */
function described(entries: EntryTable | string | undefined): unknown {
  if (entries === undefined || typeof entries === 'string') return entries;
  return [...entries].map(({ target, type, mode, uid, gid, mtimeNs, size, link, implied }) => {
    return { target, type, mode, uid, gid, time: mtimeNs / 1_000_000_000n, size, link, implied };
  });
}

function makeTree(folder: TemporaryFolder, name: string, tree: readonly string[]): string {
  mkdirSync(folder.join(name));
  for (const item of tree) {
    const [path = '', link] = item.split(' -> ');
    const target = folder.join(name, path);
    mkdirSync(path.endsWith('/') ? target : dirname(target), { recursive: true });
    if (link !== undefined) symlinkSync(link, target);
    else if (!path.endsWith('/')) writeFileSync(target, path);
  }
  return folder.join(name);
}

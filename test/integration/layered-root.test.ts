import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import fc from 'fast-check';
import type { BytePath } from '../../packages/builder/src/copy/byte-path.ts';
import { LayeredRoot } from '../../packages/builder/src/copy/layered-root.ts';
import { lstatInRoot } from '../../packages/builder/src/copy/resolve-in-root.ts';

const OPTIONS = { owners: 'all', unclear: () => new Error('unclear') } as const;
const NAMES = ['a', 'b', 'c'] as const;
const KINDS = ['nothing', 'folder', 'opaque folder', 'file', 'symlink', 'whiteout'] as const;

type Kind = (typeof KINDS)[number];
/** What one layer has at each place, folders before what is in them. */
type Layer = ReadonlyMap<string, Kind>;

const PATHS: readonly string[] = NAMES.flatMap((one) => [
  one,
  ...NAMES.flatMap((two) => [`${one}/${two}`, ...NAMES.map((three) => `${one}/${two}/${three}`)]),
]);

const layers = fc.array(
  fc
    .array(fc.constantFrom(...KINDS, 'folder', 'folder'), {
      minLength: PATHS.length,
      maxLength: PATHS.length,
    })
    .map((kinds): Layer => new Map(PATHS.map((path, index) => [path, kinds[index]!]))),
  { minLength: 2, maxLength: 4 },
);

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** Modes and owners tell the layers apart. */
function unpack(folder: string, layer: Layer, index: number): void {
  mkdirSync(folder);
  for (const [path, kind] of layer) {
    const place = join(folder, path);
    const isBelowFolder = lstatInRoot(
      folder,
      (path.includes('/') ? dirname(path) : '') as BytePath,
    )?.isDirectory();
    if (!isBelowFolder || kind === 'nothing') continue;
    if (kind === 'whiteout') run('mknod', place, 'c', '0', '0');
    else if (kind === 'symlink') symlinkSync(`to-${index}`, place);
    else if (kind === 'file') writeFileSync(place, `${index}`, { mode: 0o600 + index });
    else {
      mkdirSync(place);
      chmodSync(place, 0o710 + index);
      chownSync(place, index, index + 1);
      if (kind === 'opaque folder') run('setfattr', '-n', 'user.overlay.opaque', '-v', 'y', place);
    }
  }
}

/** As far as a layer has it. */
function describe(stat: ReturnType<LayeredRoot['lstat']>, link: string | undefined): string {
  if (stat === undefined) return 'nothing';
  const { mode, uid, gid, mtimeNs } = stat;
  return `${mode.toString(8)} ${uid}:${gid} ${mtimeNs} ${link ?? ''}`;
}

test('layers that nothing has merged look as overlayfs shows them', () => {
  fc.assert(
    fc.property(layers, (tree) => {
      using folder = temporaryFolder();
      const lower = tree.map((layer, index) => {
        unpack(folder.join(`${index}`), layer, index);
        return folder.join(`${index}`);
      });
      const merged = folder.join('merged');
      mkdirSync(merged);
      run('mount', '-t', 'overlay', 'overlay', '-o', `ro,userxattr,lowerdir=${lower.join(':')}`, merged);
      try {
        const root = new LayeredRoot(lower, OPTIONS);
        for (const path of PATHS) {
          const bytes = path as BytePath;
          const stat = lstatInRoot(merged, bytes);
          const link = stat?.isSymbolicLink() ? readlinkSync(join(merged, path)) : undefined;
          assert.equal(describe(root.lstat(bytes), root.link(bytes)), describe(stat, link), path);
        }
      } finally {
        run('umount', merged);
      }
    }),
    { numRuns: 30 },
  );
});

test('an empty file may be a whiteout, and an id of more than 16 bits is another for the worker', () => {
  using folder = temporaryFolder();
  for (const name of ['upper', 'lower']) mkdirSync(folder.join(name));
  writeFileSync(folder.join('upper/empty'), '');
  writeFileSync(folder.join('lower/foreign'), 'x');
  chownSync(folder.join('lower/foreign'), 70_000, 0);
  const root = new LayeredRoot([folder.join('upper'), folder.join('lower')], OPTIONS);
  for (const path of ['empty', 'foreign'] as BytePath[]) assert.throws(() => root.lstat(path), /unclear/);
});

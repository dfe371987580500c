// The tar codec and the layer code against bsdtar (libarchive), both ways: the other reader and writer that images meet.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createReadStream, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { applyLayer, diffLayer, readTar, type TarEntry } from '@slipway/oci';
import { temporaryFolder } from '@slipway/testkit';
import { describeTree, makeTree } from './tar/tree.ts';

before(() => {
  if (spawnSync('bsdtar', ['--version']).status === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]): boolean =>
    spawnSync('apt-get', args, { stdio: 'ignore', env }).status === 0;
  const install = (): boolean => apt('install', '-y', '-qq', '--no-install-recommends', 'libarchive-tools');
  assert.ok(install() || (apt('update', '-qq') && install()), 'apt cannot install libarchive-tools (bsdtar)');
});

/** Runs bsdtar where names that are not UTF-8 are bytes, and returns what it complains about. */
function bsdtar(...args: string[]): { status: number | null; complaints: string } {
  const { status, stderr } = spawnSync('bsdtar', args, {
    env: { ...process.env, LC_ALL: 'C' },
    encoding: 'latin1',
  });
  return { status, complaints: stderr };
}

function extract(archive: string, folder: string): string {
  mkdirSync(folder);
  const { status, complaints } = bsdtar('-C', folder, '--numeric-owner', '-px', '--xattrs', '-f', archive);
  return status === 0 ? complaints : `failed: ${complaints}`;
}

for (const format of ['pax', 'gnutar', 'cpio to pax', 'ustar']) {
  test(`an archive of bsdtar (${format}) is unpacked as bsdtar unpacks it`, async () => {
    using folder = temporaryFolder();
    mkdirSync(folder.join('tree'));
    makeTree(folder.join('tree'));
    const archive = folder.join('a.tar');
    if (format === 'cpio to pax') {
      // libarchive rewrites the archive of another tool: other defaults, other extensions.
      spawnSync('tar', ['-C', folder.join('tree'), '--format=gnu', '-cf', folder.join('gnu.tar'), '.']);
      bsdtar('--format=pax', '-cf', archive, `@${folder.join('gnu.tar')}`);
    } else {
      // ustar has no room for some of the tree: those are left out of the archive, for both readers.
      const { complaints } = bsdtar(
        '-C',
        folder.join('tree'),
        `--format=${format}`,
        '--numeric-owner',
        '-cf',
        archive,
        '.',
      );
      // Names that are not UTF-8 are written as they are, with a warning.
      const serious = complaints.replaceAll(/bsdtar: .*?Can't translate pathname '.*?' to UTF-8\n?/gs, '');
      assert.ok(format === 'ustar' || !/bsdtar|rror/.test(serious), complaints);
    }
    assert.equal(extract(archive, folder.join('theirs')), '');
    await applyLayer(folder.join('ours'), createReadStream(archive));
    assert.deepEqual(describeTree(folder.join('ours')), describeTree(folder.join('theirs')));
  });
}

test('bsdtar unpacks what we write', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.join('tree'));
  makeTree(folder.join('tree'));
  await writeFile(folder.join('a.tar'), diffLayer(folder.join('tree')));
  assert.equal(extract(folder.join('a.tar'), folder.join('theirs')), '');
  assert.deepEqual(describeTree(folder.join('theirs')), describeTree(folder.join('tree')));
});

test('what both write of the same tree has the same members', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.join('tree'));
  makeTree(folder.join('tree'));
  await writeFile(folder.join('ours.tar'), diffLayer(folder.join('tree')));
  bsdtar('-C', folder.join('tree'), '--format=pax', '--numeric-owner', '-cf', folder.join('theirs.tar'), '.');
  assert.deepEqual(await members(folder.join('ours.tar')), await members(folder.join('theirs.tar')));
});

/** By name, what does not depend on the order: which name of a file is first, and so has its content, does. */
async function members(archive: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { entry } of readTar(createReadStream(archive))) {
    const name = entry.name.toString('latin1').replace(/^\.\//, '').replace(/\/$/, '');
    if (name !== '' && name !== '.') lines.push(`${name} ${describe(entry)}`);
  }
  return lines.sort();
}

function describe({ type, mode, uid, gid, mtimeNs, linkname, devmajor, devminor }: TarEntry): string {
  const isFile = type === 'file' || type === 'hardlink';
  const link = type === 'symlink' ? linkname?.toString('latin1') : '';
  const device = type === 'char' || type === 'block' ? [devmajor, devminor] : [];
  return JSON.stringify([
    isFile ? 'file' : type,
    type === 'symlink' ? 0 : mode,
    uid,
    gid,
    Number(mtimeNs / 1_000_000_000n),
    link,
    ...device,
  ]);
}

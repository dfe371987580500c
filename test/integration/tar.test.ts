// The tar codec and the layer code against GNU tar, both ways.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  createReadStream,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { applyLayer, diffLayer, readTar } from '@slipway/oci';
import { temporaryFolder } from '@slipway/testkit';
import { describeTree, makeTree } from './tar/tree.ts';

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'latin1' });

for (const format of ['gnu', 'posix', 'ustar']) {
  test(`an archive of GNU tar (${format}) is unpacked as GNU tar unpacks it`, async () => {
    using folder = temporaryFolder();
    mkdirSync(folder.join('tree'));
    makeTree(folder.join('tree'));
    const extended = format === 'posix' ? ['--xattrs', '--xattrs-include=*'] : [];
    // ustar has no room for these; GNU tar leaves them out, and so must both sides.
    const unfit = spawnSync('tar', [
      '-C',
      folder.join('tree'),
      `--format=${format}`,
      '--numeric-owner',
      ...extended,
      '-cf',
      folder.join('a.tar'),
      '.',
    ]);
    assert.ok(format === 'ustar' || unfit.status === 0, String(unfit.stderr));
    mkdirSync(folder.join('theirs'));
    run(
      'tar',
      '-C',
      folder.join('theirs'),
      '--numeric-owner',
      '-p',
      '--xattrs',
      '--xattrs-include=*',
      '-xf',
      folder.join('a.tar'),
    );
    await applyLayer(folder.join('ours'), createReadStream(folder.join('a.tar')));
    assert.deepEqual(describeTree(folder.join('ours')), describeTree(folder.join('theirs')));
  });
}

test('GNU tar unpacks what we write', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.join('tree'));
  makeTree(folder.join('tree'));
  await writeFile(folder.join('a.tar'), diffLayer(folder.join('tree')));
  mkdirSync(folder.join('theirs'));
  const { stderr, status } = spawnSync('tar', [
    '-C',
    folder.join('theirs'),
    '--numeric-owner',
    '-p',
    '--xattrs',
    '--xattrs-include=*',
    '-xf',
    folder.join('a.tar'),
  ]);
  assert.equal(status, 0);
  assert.equal(String(stderr), '');
  assert.deepEqual(describeTree(folder.join('theirs')), describeTree(folder.join('tree')));
});

test('the same tree gives the same bytes', async () => {
  using folder = temporaryFolder();
  for (const name of ['a', 'b']) {
    mkdirSync(folder.join(name));
    makeTree(folder.join(name));
    await writeFile(folder.join(`${name}.tar`), diffLayer(folder.join(name), { sourceDateEpoch: 1000 }));
  }
  assert.ok(readFileSync(folder.join('a.tar')).equals(readFileSync(folder.join('b.tar'))));
});

for (const version of ['old', '0.0', '0.1', '1.0']) {
  test(`a sparse file of GNU tar (${version}) is expanded, and stays sparse on disk`, async () => {
    using folder = temporaryFolder();
    mkdirSync(folder.join('tree'));
    const fd = openSync(folder.join('tree/sparse'), 'w');
    for (let piece = 0; piece < 60; piece++) writeSync(fd, `piece ${piece}`, piece * 1_000_000);
    ftruncateSync(fd, 70_000_000);
    closeSync(fd);
    const format = version === 'old' ? ['--format=gnu'] : ['--format=posix', `--sparse-version=${version}`];
    run('tar', '-C', folder.join('tree'), ...format, '-S', '-cf', folder.join('a.tar'), 'sparse');
    await applyLayer(folder.join('ours'), createReadStream(folder.join('a.tar'), { highWaterMark: 1000 }));
    run('cmp', folder.join('tree/sparse'), folder.join('ours/sparse'));
    assert.ok(lstatSync(folder.join('ours/sparse')).blocks * 512 < 10_000_000);
    for await (const { entry, body } of readTar(createReadStream(folder.join('a.tar')))) {
      let size = 0;
      for await (const chunk of body) size += chunk.byteLength;
      assert.deepEqual([entry.name.toString(), entry.size, size], ['sparse', 70_000_000, 70_000_000]);
    }
  });
}

test('a file of 9 GiB passes both ways', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.join('tree'));
  run('truncate', '-s', '9G', folder.join('tree/huge'));
  run('tar', '-C', folder.join('tree'), '--format=posix', '-S', '-cf', folder.join('a.tar'), 'huge');
  await applyLayer(folder.join('ours'), createReadStream(folder.join('a.tar')));
  assert.equal(lstatSync(folder.join('ours/huge')).size, 9 * 2 ** 30);
});

// Layers that are unpacked where a container's root file system is: on an overlay, which takes no whiteouts as devices.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { release } from 'node:os';
import { test } from 'node:test';
import { applyLayer, takesWhiteoutDevices } from '@slipway/oci';
import { tarOf, temporaryFolder } from '@slipway/testkit';
import { mergeLayer } from '../../packages/builder/src/isolation/chroot/merge-layer.ts';

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'latin1' });

interface Overlay extends Disposable {
  readonly merged: string;
}

function overlay(folder: string, lower: readonly string[]): Overlay {
  const [upper, work, merged, empty] = ['upper', 'work', 'merged', 'empty'].map(
    (name) => `${folder}/${name}`,
  );
  for (const path of [upper!, work!, merged!, empty!]) mkdirSync(path, { recursive: true });
  const layers = lower.length === 0 ? empty : lower.join(':');
  const options = `userxattr,lowerdir=${layers},upperdir=${upper},workdir=${work}`;
  run('mount', '-t', 'overlay', '-o', options, 'overlay', merged!);
  return { merged: merged!, [Symbol.dispose]: () => void run('umount', '-l', merged!) };
}

const BELOW = { 'etc/kept': 'k', 'etc/gone': 'g', 'opt/old/a': 'a', 'srv/dir/b': 'b' };
const ABOVE = { 'etc/.wh.gone': '', 'opt/old/.wh..wh..opq': '', 'opt/old/new': 'n', 'srv/.wh.dir': '' };
const MERGED = ['etc', 'etc/kept', 'opt', 'opt/old', 'opt/old/new', 'srv'];

test('whiteouts work in layers that stand on an overlay', async () => {
  using folder = temporaryFolder();
  using place = overlay(folder.join('place'), []);
  assert.equal(await takesWhiteoutDevices(folder.path), true);
  assert.equal(await takesWhiteoutDevices(place.merged), false);
  const [below, above] = [`${place.merged}/below`, `${place.merged}/above`];
  await applyLayer(below, tarOf(BELOW), { lower: [] });
  assert.equal((await applyLayer(above, tarOf(ABOVE), { lower: [below] })).whiteouts, 3);

  const merged = folder.join('root');
  mkdirSync(merged);
  await mergeLayer(below, merged);
  await mergeLayer(above, merged);
  const list = (root: string): string[] => readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  assert.deepEqual(list(merged), MERGED);

  const [major = 0, minor = 0] = release().split('.').map(Number);
  // An older kernel does not know the form; the builder takes another rung there.
  if (major < 6 || (major === 6 && minor < 7)) return;
  using seen = overlay(folder.join('seen'), [above, below]);
  assert.deepEqual(list(seen.merged), MERGED);
});

import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { bytePath } from '../../copy/byte-path.ts';
import { HeldPaths } from './held-paths.ts';

const held = new HeldPaths(['/workspace/source', '/var/run/secrets/token']);

const cases: [path: string, holds: boolean, isAbove: boolean][] = [
  ['/', false, true],
  ['/workspace', false, true],
  ['/workspace/source', true, false],
  ['/workspace/source/a/b', true, false],
  ['/workspace/sources', false, false],
  ['/var/run/secrets', false, true],
  ['/kaniko/bin/node', true, false],
  ['/kaniko2', false, false],
  ['/busybox', true, false],
  ['/proc/1', true, false],
  ['/etc', false, true],
  ['/etc/hosts', true, false],
  ['/etc/hostname', false, false],
  ['/usr/bin/env', false, false],
];
for (const [path, holds, isAbove] of cases) {
  test(`${path} is ${holds ? 'held' : isAbove ? 'above something that is' : 'free'}`, () => {
    assert.equal(held.holds(bytePath(path)), holds);
    assert.equal(held.isAbove(bytePath(path)), isAbove);
  });
}

test('an image may have its own devices and hosts file, which no RUN sees', () => {
  assert.ok(held.isDispensable(bytePath('/dev/console')));
  assert.ok(held.isDispensable(bytePath('/etc/hosts')));
  assert.ok(!held.isDispensable(bytePath('/workspace/source/file')));
});

test('what is reached by a link is held where it is, even where the end of the path does not exist yet', () => {
  using folder = temporaryFolder();
  mkdirSync(folder.join('real'));
  symlinkSync('real', folder.join('link'));
  const linked = new HeldPaths([folder.join('link/cache/later')]);
  assert.ok(linked.holds(bytePath(folder.join('real/cache/later/file'))));
  assert.ok(linked.holds(bytePath(folder.join('link/cache/later'))));
  assert.ok(linked.isAbove(bytePath(folder.join('real/cache'))));
});

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import {
  type MountPoint,
  makeMissingPoints,
  makeMountPoints,
  missingMountPoints,
  STANDARD_MOUNT_POINTS,
} from './mount-points.ts';

const POINTS: readonly MountPoint[] = [
  ...STANDARD_MOUNT_POINTS,
  { target: '/run/secrets/token', kind: 'file' },
  { target: '/dev/pipes', kind: 'folder' },
];

test('the folder below all layers has every point but those that are below another', () => {
  using folder = temporaryFolder();
  makeMountPoints(folder.join('.'), POINTS);
  for (const { target } of POINTS)
    assert.equal(existsSync(folder.join(`.${target}`)), target !== '/dev/pipes');
  assert.ok(statSync(folder.join('proc')).isDirectory());
  assert.ok(statSync(folder.join('run/secrets/token')).isFile());
  assert.deepEqual(missingMountPoints(folder.join('.'), POINTS), []);
});

test('a point inside one that is a file is left to the runtime', () => {
  using folder = temporaryFolder();
  makeMountPoints(folder.join('.'), [
    { target: '/a', kind: 'file' },
    { target: '/a/b', kind: 'folder' },
  ]);
  assert.ok(statSync(folder.join('a')).isFile());
});

test('a point behind a link is missing where the link leads, and is made there with the folders as the root has them', () => {
  using folder = temporaryFolder();
  const root = folder.join('root');
  mkdirSync(folder.join('root/private/run'), { recursive: true, mode: 0o700 });
  symlinkSync('private/run', folder.join('root/run'));
  const missing = missingMountPoints(root, [{ target: '/run/secrets/token', kind: 'file' }]);
  assert.deepEqual(missing, [{ path: 'private/run/secrets/token', kind: 'file' }]);
  mkdirSync(folder.join('layer'));
  makeMissingPoints(root, folder.join('layer'), missing);
  assert.ok(statSync(folder.join('layer/private/run/secrets/token')).isFile());
  assert.equal(statSync(folder.join('layer/private')).mode & 0o777, 0o700);
});

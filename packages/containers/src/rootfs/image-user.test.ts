import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { resolveUser } from './image-user.ts';
import { resolveInRoot } from './resolve-in-root.ts';

let rootfs = '';

before(async () => {
  rootfs = await mkdtemp(join(tmpdir(), 'slipway-user-'));
  await mkdir(join(rootfs, 'etc'));
  await writeFile(
    join(rootfs, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\n# a comment\nweb:x:33:33::/var/www:/bin/false\n1234:x:7:8::/odd:\nbroken:x:a:b::\n',
  );
  await writeFile(join(rootfs, 'etc/group'), 'root:x:0:\nweb:x:33:\nlogs:x:44:web,root\nops:x:45:web\n');
});

after(async () => await rm(rootfs, { recursive: true, force: true }));

const cases: [user: string, uid: number, gid: number, additional: number[], home: string][] = [
  ['', 0, 0, [0, 44], '/root'],
  ['root', 0, 0, [0, 44], '/root'],
  ['web', 33, 33, [33, 44, 45], '/var/www'],
  ['33', 33, 33, [33, 44, 45], '/var/www'],
  ['web:logs', 33, 44, [44], '/var/www'],
  ['web:99', 33, 99, [99], '/var/www'],
  ['1000', 1000, 0, [0], '/'],
  ['1000:1001', 1000, 1001, [1001], '/'],
  ['1234', 7, 8, [8], '/odd'], // a name that looks like a number is a name first
];

for (const [user, uid, gid, additionalGids, home] of cases) {
  test(`USER "${user}"`, async () => {
    assert.deepEqual(await resolveUser(rootfs, user), { uid, gid, additionalGids, home });
  });
}

test('a user or group that the image does not know is refused by name', async () => {
  await assert.rejects(resolveUser(rootfs, 'nobody'), {
    code: 'USER_UNKNOWN',
    message: /unable to find user nobody/,
  });
  await assert.rejects(resolveUser(rootfs, 'web:nogroup'), { code: 'GROUP_UNKNOWN' });
  await assert.rejects(resolveUser(rootfs, '99999999999'), { code: 'USER_UNKNOWN' });
});

test('attack: /etc/passwd is a link to a file outside the image', async () => {
  const evil = await mkdtemp(join(tmpdir(), 'slipway-evil-'));
  await mkdir(join(evil, 'etc'));
  await symlink(join(rootfs, 'etc/passwd'), join(evil, 'etc/passwd'));
  await assert.rejects(resolveUser(evil, 'web'), { code: 'USER_UNKNOWN' });
  await rm(evil, { recursive: true });
});

test('resolveInRoot stays inside, whatever links say', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-root-'));
  await mkdir(join(folder, 'usr/lib'), { recursive: true });
  await symlink('usr/lib', join(folder, 'lib'));
  await symlink('/usr/lib/../../../..', join(folder, 'out'));
  await symlink('b', join(folder, 'a'));
  await symlink('a', join(folder, 'b'));
  assert.equal(await resolveInRoot(folder, '/lib/x'), join(folder, 'usr/lib/x'));
  assert.equal(await resolveInRoot(folder, '/out/etc/shadow'), join(folder, 'etc/shadow'));
  assert.equal(await resolveInRoot(folder, '../../etc'), join(folder, 'etc'));
  await assert.rejects(resolveInRoot(folder, '/a'), { code: 'PATH_LOOP' });
  await rm(folder, { recursive: true });
});

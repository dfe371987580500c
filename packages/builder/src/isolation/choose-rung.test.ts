import assert from 'node:assert/strict';
import { test } from 'node:test';
import { thisProcess } from '@slipway/core';
import { temporaryFolder } from '@slipway/testkit';
import { storePaths } from '../build-options.ts';
import { Scratch } from '../scratch.ts';
import {
  chooseRung,
  describeChroot,
  describeInPlace,
  describeUserns,
  type PlaceFacts,
} from './choose-rung.ts';

const facts: PlaceFacts = { ids: 'parent-range', ownProc: true, overlayData: 'state folder' };

const cases: [place: string, facts: PlaceFacts, line: string][] = [
  ['a machine as root', facts, 'user namespace with overlay, runc, own pid namespace, 65536 ids'],
  [
    'a machine as a user',
    { ...facts, ids: 'subordinate' },
    'user namespace with overlay, runc, own pid namespace, subordinate ids',
  ],
  [
    'a pod as root',
    { ...facts, ownProc: false },
    "user namespace with overlay, runc, the place's pid namespace, as a new /proc is not allowed here, 65536 ids",
  ],
  [
    'a pod with one id',
    { ...facts, ids: 'single', recordsOwners: true },
    'user namespace with overlay, runc, own pid namespace, one id: other owners are recorded',
  ],
  [
    'a pod without a volume, with one id and no Perl',
    { ids: 'single', ownProc: false, overlayData: 'tmpfs' },
    "user namespace with overlay on tmpfs, as the state folder cannot hold one, runc, the place's pid namespace, " +
      'as a new /proc is not allowed here, one id, and no Perl, which would record other owners: RUN can give no file away',
  ],
];
for (const [place, found, line] of cases) {
  test(`the line for ${place}`, () => assert.equal(describeUserns(found, 'runc'), line));
}

test('the line for a chroot says what it cannot do, and why', () => {
  assert.equal(
    describeChroot('as asked for', { confined: true, devices: true }),
    'chroot, as asked for: changes found by stat, no /proc, RUN has no CAP_SYS_CHROOT, so that it stays in there',
  );
  assert.equal(
    describeChroot('as asked for', { confined: false, devices: false }),
    'chroot, as asked for: changes found by stat, no /proc and no devices, as CAP_MKNOD is missing, RUN could break out, as Perl or CAP_SETPCAP is missing',
  );
});

test('outside a namespace of its own, the first rung is refused with a reason', async () => {
  using folder = temporaryFolder();
  await using scratch = await Scratch.create(folder.join('build'), thisProcess());
  const request = { context: '/', store: storePaths(folder.path), isolation: 'userns' as const };
  await assert.rejects(chooseRung(request, scratch), { code: 'ISOLATION_UNAVAILABLE', kind: 'unsupported' });
});

test('the line for a build in place says what a RUN can see', () => {
  assert.equal(
    describeInPlace(['CAP_FSETID', 'CAP_SETUID', 'CAP_SETGID'], true),
    "in place, as asked for: this container's files are replaced, one RUN at a time, changes found by stat, RUN sees all files of this container, not the memory of the builder",
  );
  assert.match(
    describeInPlace([], false),
    /as CAP_SETPCAP is missing, the memory of the builder, set-group-ID bits of other groups are lost, as CAP_FSETID is missing, USER may name root only, as CAP_SETUID or CAP_SETGID is missing$/,
  );
});

test('nothing is built in place on this machine', async () => {
  using folder = temporaryFolder();
  await using scratch = await Scratch.create(folder.join('build'), thisProcess());
  const request = { context: '/context', store: storePaths(folder.path), isolation: 'in-place' as const };
  await assert.rejects(chooseRung(request, scratch), { code: 'ISOLATION_UNAVAILABLE', kind: 'unsupported' });
});

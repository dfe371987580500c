import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnContainer, type RootFacts, whyNotOwn } from './own-container.ts';

const overlay = { target: '/', filesystem: 'overlay', source: 'overlay' };

const sure: RootFacts = {
  uid: 0,
  capabilities: ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER'],
  namespaces: { pid: '4026532459', mnt: '4026532457' },
  mounts: [overlay, { target: '/proc', filesystem: 'proc', source: 'proc' }],
  marked: true,
};

const refused: [what: string, facts: Partial<RootFacts>, why: RegExp][] = [
  ['an image that is not the executor', { marked: false }, /not a container of the executor image/],
  [
    "the machine's pids, as in a pod with hostPID",
    { namespaces: { ...sure.namespaces, pid: '4026531836' } },
    /own pid namespace/,
  ],
  [
    "the machine's mounts, as in a pid namespace of nsenter or unshare",
    { namespaces: { ...sure.namespaces, mnt: '4026531832' } },
    /own mount namespace/,
  ],
  ['a disk', { mounts: [{ ...overlay, filesystem: 'ext4' }] }, /root file system is ext4/],
  ['a subvolume', { mounts: [{ ...overlay, filesystem: 'btrfs' }] }, /root file system is btrfs/],
  ['an initial RAM disk', { mounts: [{ ...overlay, filesystem: 'rootfs' }] }, /root file system is rootfs/],
  [
    'a disk over the overlay',
    { mounts: [overlay, { ...overlay, filesystem: 'xfs' }] },
    /root file system is xfs/,
  ],
  ['a chroot, whose root is no mount', { mounts: [{ ...overlay, target: '/proc' }] }, /no mount of its own/],
  ['a user', { uid: 1000 }, /it takes root/],
  ['root that may not give files away', { capabilities: ['CAP_SETUID'] }, /lacks CAP_CHOWN, CAP_DAC/],
];

test('a container of the executor image on an overlay, with namespaces of its own, may be used up', () => {
  assert.equal(whyNotOwn(sure), undefined);
});

for (const [what, facts, why] of refused) {
  test(`no root folder is replaced on ${what}`, () =>
    assert.match(whyNotOwn({ ...sure, ...facts }) ?? '', why));
}

test('this machine is none', () => {
  assert.throws(() => OwnContainer.require(), { code: 'ISOLATION_UNAVAILABLE', kind: 'unsupported' });
});

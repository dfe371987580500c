import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '@slipway/oci';
import { BlobLeases } from './blob-leases.ts';

const digest = digestOf('x');

test('what is held is not removed', async () => {
  const leases = new BlobLeases();
  const first = await leases.hold(digest);
  const second = await leases.hold(digest);
  first[Symbol.dispose]();
  assert.equal(await leases.remove(digest, async () => true), false);
  second[Symbol.dispose]();
  assert.equal(await leases.remove(digest, async () => true), true);
});

test('who wants what is being removed waits until that is over', async () => {
  const leases = new BlobLeases();
  const events: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const removal = leases.remove(digest, async () => {
    await promise;
    events.push('removed');
    return true;
  });
  const held = leases.hold(digest).then((lease) => {
    events.push('held');
    lease[Symbol.dispose]();
  });
  resolve();
  await Promise.all([removal, held]);
  assert.deepEqual(events, ['removed', 'held']);
});

test('a removal that fails lets the next one in', async () => {
  const leases = new BlobLeases();
  await assert.rejects(
    leases.remove(digest, () => Promise.reject(new Error('disk'))),
    /disk/,
  );
  assert.equal(await leases.remove(digest, async () => true), true);
});

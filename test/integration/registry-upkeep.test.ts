import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, truncate } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { type Clock, systemClock } from '@slipway/core';
import { ContentStore, digestOf } from '@slipway/oci';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { expectStatus, pullImage, pushBlob, pushImage, randomImage } from './registry/image.ts';
import { startRegistry } from './registry/in-process.ts';

const run = promisify(execFile);
const HOUR = 3600 * 1000;

/** The real clock, moved. */
function movedClock(): Clock & { offset: number } {
  const clock = { ...systemClock, offset: 0, now: () => new Date(Date.now() + clock.offset) };
  return clock;
}

/** The folder for one registry of several, which must not remove it. */
function undisposed(folder: TemporaryFolder): TemporaryFolder {
  return { ...folder, [Symbol.dispose]: () => {} };
}

test('garbage collection keeps what is needed and what is young, and removes the rest', async () => {
  const clock = movedClock();
  await using registry = await startRegistry({ clock });
  const { base, service, store } = registry;
  const [kept, untagged, deleted] = [randomImage([1000]), randomImage([2000]), randomImage([3000])];
  await pushImage(base, 'team/app', 'v1', kept);
  await pushImage(base, 'team/app', untagged.digest, untagged);
  await pushImage(base, 'team/app', 'gone', deleted);
  const orphan = await pushBlob(base, 'team/app', Buffer.from('no manifest names this'));
  await expectStatus(202, fetch(`${base}/v2/team/app/manifests/${deleted.digest}`, { method: 'DELETE' }));

  assert.deepEqual(await service.collectGarbage(), {
    manifests: 0,
    blobs: 0,
    uploads: 0,
    files: 0,
    bytes: 0,
  });
  clock.offset = 2 * HOUR;
  const dry = await service.collectGarbage({ dryRun: true });
  assert.ok(await store.stat(orphan), 'a dry run removes nothing');
  const wet = await service.collectGarbage();
  assert.equal(wet.blobs, dry.blobs);
  assert.equal(wet.blobs, deleted.blobs.length + 1);
  for (const { digest } of deleted.blobs) assert.equal(await store.stat(digest), undefined);
  assert.equal(await store.stat(orphan), undefined);
  assert.equal(await pullImage(base, 'team/app', untagged.digest), untagged.digest);

  assert.equal((await service.collectGarbage({ untagged: true })).manifests, 1);
  assert.equal((await fetch(`${base}/v2/team/app/manifests/${untagged.digest}`)).status, 404);
  assert.equal(await pullImage(base, 'team/app', 'v1'), kept.digest);
  assert.deepEqual((await service.fsck({ deep: true })).problems, []);
});

test('what others need of a shared store is kept', async () => {
  const clock = movedClock();
  await using registry = await startRegistry({ clock });
  const bytes = Buffer.from('a layer that the pod runner unpacked');
  const { digest } = await registry.store.put(bytes);
  clock.offset = 2 * HOUR;
  assert.equal((await registry.service.collectGarbage({ keep: (one) => one === digest })).files, 0);
  assert.equal((await registry.service.collectGarbage()).files, 1);
});

test('garbage is collected while clients push, and no push is hurt', async () => {
  await using registry = await startRegistry();
  const { base, service } = registry;
  // The same blobs come and go, which is where a collector and a push can meet.
  const images = Array.from({ length: 6 }, () => randomImage([5_000, 100]));
  let pushing = true;
  const collector = (async () => {
    while (pushing) await service.collectGarbage({ graceMs: 0, untagged: true });
  })();
  const refused = /MANIFEST_BLOB_UNKNOWN/;
  const pusher = async (number: number): Promise<void> => {
    for (let round = 0; round < 20; round++) {
      const image = images[(number + round) % images.length]!;
      const repository = `team/app-${number % 2}`;
      try {
        await pushImage(base, repository, `t${number}`, image);
        assert.equal(await pullImage(base, repository, `t${number}`), image.digest);
      } catch (error) {
        // Without grace a blob may go before its manifest comes: a refusal is right, a broken image would not be.
        assert.match(String(error), refused);
      }
    }
  };
  await Promise.all([0, 1, 2, 3].map(pusher));
  pushing = false;
  await collector;
  assert.deepEqual((await service.fsck({ deep: true })).problems, []);
});

test('the grace of an hour protects a push in progress', async () => {
  const clock = movedClock();
  await using registry = await startRegistry({ clock });
  const { base, service } = registry;
  const image = randomImage([1000]);
  for (const { bytes } of image.blobs) await pushBlob(base, 'team/app', bytes);
  clock.offset = 2 * HOUR;
  // A second client finds the blobs there and does not send them again.
  for (const { digest } of image.blobs) {
    await expectStatus(200, fetch(`${base}/v2/team/app/blobs/${digest}`, { method: 'HEAD' }));
  }
  await service.collectGarbage();
  await pushImage(base, 'team/app', 'v1', { ...image, blobs: [] });
  assert.equal(await pullImage(base, 'team/app', 'v1'), image.digest);
});

test('an upload that nobody goes on with expires', async () => {
  const clock = movedClock();
  await using registry = await startRegistry({ clock });
  const { base, service } = registry;
  const begun = await expectStatus(202, fetch(`${base}/v2/team/app/blobs/uploads/`, { method: 'POST' }));
  const location = base + begun.headers.get('location');
  await expectStatus(202, fetch(location, { method: 'PATCH', body: 'abc' }));
  clock.offset = HOUR;
  await service.collectGarbage();
  assert.equal((await expectStatus(204, fetch(location))).headers.get('range'), '0-2');
  clock.offset = 26 * HOUR;
  assert.equal((await service.collectGarbage()).uploads, 1);
  await expectStatus(404, fetch(location));
});

test('the check finds content that is missing, cut short or changed', async () => {
  await using registry = await startRegistry();
  const { base, service, store } = registry;
  const image = randomImage([1000, 2000, 3000]);
  await pushImage(base, 'team/app', 'v1', image);
  const [, missing, short, changed] = image.blobs.map(({ digest }) => digest);
  await store.delete(missing!);
  await truncate(store.path(short!), 10);
  await run('dd', [`of=${store.path(changed!)}`, 'if=/dev/zero', 'bs=1', 'count=5', 'conv=notrunc']);
  assert.deepEqual((await service.fsck()).problems.map(({ code }) => code).sort(), [
    'CONTENT_MISSING',
    'CONTENT_SIZE',
  ]);
  const deep = (await service.fsck({ deep: true })).problems.map(({ code }) => code).sort();
  assert.deepEqual(deep, ['CONTENT_DIGEST', 'CONTENT_MISSING', 'CONTENT_SIZE']);
});

test("a namespace's quota refuses what does not fit, before it is sent where its size is known", async () => {
  const quota = (namespace: string): number | undefined => (namespace === 'small' ? 10_000 : undefined);
  await using registry = await startRegistry({ quota });
  const { base } = registry;
  await pushBlob(base, 'small/app', randomBytes(6000));
  await pushBlob(base, 'smaller/app', randomBytes(60_000));
  const large = randomBytes(6000);
  await assert.rejects(
    pushBlob(base, 'small/other', large),
    /answered 403.*DENIED.*quota leaves room for 4000 bytes/s,
  );
  assert.equal(await registry.store.stat(digestOf(large)), undefined);
  await pushBlob(base, 'small/other', randomBytes(3000));
  await pushBlob(base, 'team/app', large);
  const mount = `${base}/v2/small/app/blobs/uploads/?mount=${digestOf(large)}&from=team/app`;
  await expectStatus(403, fetch(mount, { method: 'POST' }));
});

test('pushes that end at the same moment do not exceed a quota together', async () => {
  await using registry = await startRegistry({ quota: () => 10_000 });
  const { base } = registry;
  const push = (index: number): Promise<unknown> => pushBlob(base, `small/r${index}`, randomBytes(3000));
  const outcomes = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => push(index)));
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  for (const { reason } of refused) assert.match(String(reason), /answered 403.*DENIED.*quota/s);
  assert.equal(refused.length, 9);
});

test('a full disk is a clear 507, and the store stays whole', {
  skip: process.getuid?.() !== 0 && 'needs root to mount a tmpfs',
}, async () => {
  const folder = temporaryFolder('slipway-full-');
  await mkdir(folder.join('content'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder.join('content')]);
  try {
    const metadataDir = folder.join('content/metadata');
    await using registry = await startRegistry({ metadataDir }, undisposed(folder));
    const image = randomImage([1_000_000]);
    await pushImage(registry.base, 'team/app', 'v1', image);
    await assert.rejects(
      pushBlob(registry.base, 'team/app', randomBytes(4_000_000)),
      /answered 507.*no space is left/s,
    );
    assert.equal(await pullImage(registry.base, 'team/app', 'v1'), image.digest);
    await pushImage(registry.base, 'team/app', 'v2', randomImage([500_000]));
    // Small things until nothing fits, so that the database meets the full disk too.
    let pushed = 0;
    const fill = async (): Promise<void> => {
      for (; pushed < 2000; pushed++)
        await pushImage(registry.base, 'team/small', `t${pushed}`, randomImage([2_000]));
    };
    await assert.rejects(fill(), /answered 507/);
    const { tags } = (await (await fetch(`${registry.base}/v2/team/small/tags/list`)).json()) as {
      tags: string[];
    };
    assert.equal(tags.length, pushed);
    assert.deepEqual((await registry.service.fsck({ deep: true })).problems, []);
  } finally {
    await run('umount', ['-l', folder.join('content')]);
    await rm(folder.path, { recursive: true, force: true });
  }
});

test('an upload goes on after a restart of the registry', async () => {
  const folder = temporaryFolder('slipway-restart-');
  const bytes = randomBytes(100_000);
  let location: string;
  {
    await using first = await startRegistry({}, undisposed(folder));
    const begun = await expectStatus(
      202,
      fetch(`${first.base}/v2/team/app/blobs/uploads/`, { method: 'POST' }),
    );
    location = begun.headers.get('location')!;
    await expectStatus(
      202,
      fetch(first.base + location, { method: 'PATCH', body: bytes.subarray(0, 60_000) }),
    );
  }
  const store = await ContentStore.open(folder.join('content'));
  await using second = await startRegistry({ store }, folder);
  const status = await expectStatus(204, fetch(second.base + location));
  assert.equal(status.headers.get('range'), '0-59999');
  const url = `${second.base}${location}?digest=${digestOf(bytes)}`;
  await expectStatus(201, fetch(url, { method: 'PUT', body: bytes.subarray(60_000) }));
  await expectStatus(200, fetch(`${second.base}/v2/team/app/blobs/${digestOf(bytes)}`));
});

import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Files, type TemporaryFolder, tarOf, temporaryFolder } from '@slipway/testkit';
import { digestOf } from '../digest.ts';
import { mediaTypes } from '../media-types.ts';
import { BlobGrowth } from '../store/blob-growth.ts';
import type { BlobSource } from '../store/content-store.ts';
import type { ImageLayer } from './layer-store.ts';
import { unpackInThread, worthThreads } from './unpack-in-thread.ts';

const NEVER = new AbortController().signal;
const TAR = await tarBytes({ 'etc/name': 'one', 'etc/large': 'x'.repeat(3_000_000) });

async function tarBytes(files: Files): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tarOf(files)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A layer whose blob grows only as the test says. */
function growing(folder: TemporaryFolder, tar: Uint8Array, blob: Buffer = gzipSync(tar)) {
  const growth = new BlobGrowth();
  const file = folder.join('blob');
  writeFileSync(file, '');
  growth.begin(file);
  const layer: ImageLayer = {
    diffId: digestOf(tar),
    descriptor: { mediaType: mediaTypes.ociLayerGzip, digest: digestOf(blob), size: blob.length },
  };
  const blobs: BlobSource = {
    open: async () => Readable.from([blob]),
    follow: async (_, follower) => growth.follow(follower),
  };
  let size = 0;
  const grow = (bytes: number): void => {
    const part = blob.subarray(size, size + bytes);
    appendFileSync(file, part);
    size += part.length;
    growth.grew(size);
  };
  const finish = (): void => {
    grow(blob.length);
    growth.finish(file, size);
  };
  return { layer, blobs, growth, grow, finish, folder: folder.join('fs') };
}

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function openFilesBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return ''; // The folder's own descriptor is closed by now.
      }
    })
    .filter((path) => path.startsWith(folder));
}

test('a layer is unpacked while it comes, and is done only when the blob is whole and those below are there', async () => {
  using folder = temporaryFolder();
  const { layer, blobs, grow, finish, folder: to } = growing(folder, TAR);
  const below = Promise.withResolvers<string[]>();
  let done = false;
  const unpacking = unpackInThread({ blobs, layer, folder: to, lower: below.promise, signal: NEVER });
  void unpacking.then(() => {
    done = true;
  });
  for (let part = 0; part < 10; part++) {
    grow(400);
    await soon(5);
  }
  finish();
  await soon(100);
  assert.equal(done, false);
  below.resolve([]);
  assert.equal(await unpacking, true);
  assert.equal(readFileSync(`${to}/etc/name`, 'utf8'), 'one');
  assert.deepEqual(openFilesBelow(folder.path), []);
});

test('zstd and plain tars are unpacked as well', async () => {
  for (const blob of [zstdCompressSync(TAR), Buffer.from(TAR)]) {
    using folder = temporaryFolder();
    const { layer, blobs, finish, folder: to } = growing(folder, TAR, blob);
    const unpacking = unpackInThread({ blobs, layer, folder: to, lower: [], signal: NEVER });
    setTimeout(finish, 20);
    assert.ok(await unpacking);
    assert.equal(readFileSync(`${to}/etc/name`, 'utf8'), 'one');
  }
});

const CUT = gzipSync(TAR).subarray(0, 1000);
const OTHER = gzipSync(await tarBytes({ a: 'b' }));
const OUTSIDE = await tarBytes({ '../a': 'b' });
const failures: [name: string, tar: Uint8Array, blob: Buffer, code: string][] = [
  ['a blob that is cut off', TAR, CUT, 'LAYER_CORRUPT'],
  ['another content than the image names', TAR, OTHER, 'DIFF_ID_MISMATCH'],
  ['a member that leads out', OUTSIDE, gzipSync(OUTSIDE), 'TAR_ESCAPE'],
];

for (const [name, tar, blob, code] of failures) {
  test(name, async () => {
    using folder = temporaryFolder();
    const { layer, blobs, finish, folder: to } = growing(folder, tar, blob);
    const unpacking = unpackInThread({ blobs, layer, folder: to, lower: [], signal: NEVER });
    setTimeout(finish, 20);
    await assert.rejects(unpacking, { name: 'SlipwayError', code });
    assert.ok(!existsSync(folder.join('a')));
  });
}

test('a download that fails, layers below that fail and an abort end the thread', async () => {
  const ends: ((growth: BlobGrowth, abort: AbortController, fail: (error: Error) => void) => void)[] = [
    (growth) => growth.fail(new Error('the reason')),
    (_, abort) => abort.abort(new Error('the reason')),
    (_, __, fail) => fail(new Error('the reason')),
  ];
  for (const end of ends) {
    using folder = temporaryFolder();
    const { layer, blobs, growth, grow, folder: to } = growing(folder, TAR);
    const abort = new AbortController();
    const below = Promise.withResolvers<string[]>();
    below.promise.catch(() => {});
    const unpacking = unpackInThread({
      blobs,
      layer,
      folder: to,
      lower: below.promise,
      signal: abort.signal,
    });
    grow(2000);
    setTimeout(() => end(growth, abort, below.reject), 50);
    await assert.rejects(unpacking, /the reason/);
    growth.fail(new Error('over'));
    assert.deepEqual(openFilesBelow(folder.path), []);
  }
});

test('the largest layers get the threads that there are; others are unpacked by who asks', async () => {
  const layer = (size: number): ImageLayer => ({
    diffId: digestOf(`${size}`),
    descriptor: { mediaType: mediaTypes.ociLayerGzip, digest: digestOf(`blob ${size}`), size },
  });
  const MB = 1024 * 1024;
  const chosen = worthThreads([layer(20 * MB), layer(MB), layer(90 * MB), layer(30 * MB)]);
  assert.ok(chosen.has(layer(90 * MB).descriptor.digest));
  assert.ok(chosen.size < 3);
  assert.equal(worthThreads([layer(MB)]).size, 0);

  using folder = temporaryFolder();
  const blobs: BlobSource = { open: async () => Readable.from([]) };
  const none = { blobs, layer: layer(MB), folder: folder.join('fs'), lower: [], signal: NEVER };
  assert.equal(await unpackInThread(none), false);
});

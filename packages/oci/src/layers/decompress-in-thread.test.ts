import assert from 'node:assert/strict';
import { appendFileSync, closeSync, openSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Files, type TemporaryFolder, tarOf, temporaryFolder } from '@slipway/testkit';
import { digestOf } from '../digest.ts';
import { mediaTypes } from '../media-types.ts';
import { BlobGrowth } from '../store/blob-growth.ts';
import type { BlobSource } from '../store/content-store.ts';
import { DecompressThread } from './decompress-in-thread.ts';
import { DecompressThreads } from './decompress-threads.ts';
import type { ImageLayer } from './layer-store.ts';
import { layerTar } from './layer-tar.ts';

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
  return { layer, blobs, growth, grow, finish };
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

/** The tar as the thread hands it on. */
async function read(blobs: BlobSource, layer: ImageLayer, signal = NEVER): Promise<Buffer> {
  await using thread = DecompressThread.start();
  const pieces: Buffer[] = [];
  for await (const piece of thread!.tar(blobs, layer.descriptor.digest, signal))
    pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

test('a layer is decompressed while it comes, and is over only when the blob is whole', async () => {
  using folder = temporaryFolder();
  const { layer, blobs, growth, grow, finish } = growing(folder, TAR);
  let done = false;
  const reading = read(blobs, layer);
  void reading.then(() => {
    done = true;
  });
  for (let part = 0; part < 10; part++) {
    grow(400);
    await soon(5);
  }
  grow(TAR.length);
  await soon(100);
  assert.equal(done, false);
  finish();
  assert.ok((await reading).equals(TAR));
  assert.equal(growth.open(), undefined);
  assert.deepEqual(openFilesBelow(folder.path), []);
});

test('many more pieces than there is room for come in order, to a slow reader too', async () => {
  using folder = temporaryFolder();
  const tar = await tarBytes({
    large: Buffer.alloc(40_000_000, Buffer.from(new Uint16Array(60_000).map((_, at) => at).buffer)),
  });
  const { layer, blobs, finish } = growing(folder, tar, gzipSync(tar, { level: 1 }));
  finish();
  const whole: BlobSource = {
    open: blobs.open,
    follow: async (_, { tell }) => {
      const fd = openSync(folder.join('blob'), 'r');
      tell({ fd, size: layer.descriptor.size, isWhole: true });
      return { [Symbol.dispose]: () => closeSync(fd) };
    },
  };
  await using thread = DecompressThread.start();
  let at = 0;
  for await (const piece of thread!.tar(whole, layer.descriptor.digest, NEVER)) {
    assert.ok(tar.subarray(at, at + piece.length).equals(piece), `at ${at}`);
    at += piece.length;
    if (at > 5_000_000 && at < 8_000_000) await soon(5);
  }
  assert.equal(at, tar.length);
});

test('zstd and plain tars are handed on as well', async () => {
  for (const blob of [zstdCompressSync(TAR), Buffer.from(TAR)]) {
    using folder = temporaryFolder();
    const { layer, blobs, finish } = growing(folder, TAR, blob);
    const reading = read(blobs, layer);
    setTimeout(finish, 20);
    assert.ok((await reading).equals(TAR));
  }
});

const CUT = gzipSync(TAR).subarray(0, 1000);
const DAMAGED = Buffer.concat([CUT.subarray(0, 200), Buffer.alloc(50, 7), CUT.subarray(250)]);
const failures: [name: string, blob: Buffer][] = [
  ['a blob that is cut off', CUT],
  ['a blob that is damaged', DAMAGED],
];

for (const [name, blob] of failures) {
  test(name, async () => {
    using folder = temporaryFolder();
    const { layer, blobs, finish } = growing(folder, TAR, blob);
    const reading = read(blobs, layer);
    setTimeout(finish, 20);
    await assert.rejects(reading, { name: 'SlipwayError', code: 'LAYER_CORRUPT' });
  });
}

test('a download that fails, and an abort, end the thread; so does a reader that stops', async () => {
  const ends: ((growth: BlobGrowth, abort: AbortController) => void)[] = [
    (growth) => growth.fail(new Error('the reason')),
    (_, abort) => abort.abort(new Error('the reason')),
  ];
  for (const end of ends) {
    using folder = temporaryFolder();
    const { layer, blobs, growth, grow } = growing(folder, TAR);
    const abort = new AbortController();
    const reading = read(blobs, layer, abort.signal);
    grow(2000);
    setTimeout(() => end(growth, abort), 50);
    await assert.rejects(reading, /the reason/);
    growth.fail(new Error('over'));
    assert.deepEqual(openFilesBelow(folder.path), []);
  }
  using folder = temporaryFolder();
  const { layer, blobs, growth, finish } = growing(folder, TAR);
  {
    await using thread = DecompressThread.start();
    setTimeout(finish, 20);
    for await (const piece of thread!.tar(blobs, layer.descriptor.digest, NEVER)) if (piece.length > 0) break;
  }
  growth.fail(new Error('over'));
  assert.deepEqual(openFilesBelow(folder.path), []);
});

test('a thread takes layer after layer', async () => {
  await using thread = DecompressThread.start();
  for (let round = 0; round < 3; round++) {
    using folder = temporaryFolder();
    const { layer, blobs, finish } = growing(folder, TAR);
    setTimeout(finish, 5);
    const pieces: Buffer[] = [];
    for await (const piece of thread!.tar(blobs, layer.descriptor.digest, NEVER))
      pieces.push(Buffer.from(piece));
    assert.ok(Buffer.concat(pieces).equals(TAR));
  }
});

test('a small layer, and a blob without a file, are read without a thread', async () => {
  const blobs: BlobSource = { open: async () => Readable.from([gzipSync(TAR)]) };
  await using threads = new DecompressThreads(blobs);
  for (const size of [1000, 100_000_000]) {
    const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest: digestOf('blob'), size };
    const pieces: Uint8Array[] = [];
    for await (const piece of layerTar(blobs, threads, { diffId: digestOf(TAR), descriptor }, NEVER))
      pieces.push(Buffer.from(piece));
    assert.ok(Buffer.concat(pieces).equals(TAR));
  }
});

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type DecompressOptions, decompressLayer } from './compression.ts';
import { SyncGunzip } from './sync-gunzip.ts';

const A = Buffer.alloc(300_000, 'a');
const B = Buffer.alloc(200_000, 'b');
const [a, b] = [gzipSync(A), gzipSync(B)];
/** Where one piece after the other goes. */
const memory = Buffer.alloc(1000);
const room = (): Buffer => memory;

async function contentOf(pieces: readonly Buffer[], options: DecompressOptions = {}): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const copies = pieces.map((piece) => Buffer.from(Uint8Array.from(piece).buffer));
  for await (const chunk of decompressLayer(Readable.from(copies), options)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const forms: [name: string, pieces: readonly Buffer[], content: Buffer][] = [
  ['gzip', [a], A],
  ['gzip byte by byte', [...a].map((byte) => Buffer.from([byte])), A],
  ['two gzip members', [Buffer.concat([a, b])], Buffer.concat([A, B])],
  ['two gzip members in two pieces', [a, b], Buffer.concat([A, B])],
  ['gzip with zeros behind it', [a, Buffer.alloc(1000), Buffer.alloc(100_000)], A],
  ['zstd', [zstdCompressSync(A)], A],
  ['nothing compressed', [A.subarray(0, 2), A.subarray(2)], A],
  ['nothing at all', [], Buffer.alloc(0)],
];

for (const [name, pieces, content] of forms) {
  test(name, async () => {
    assert.ok((await contentOf(pieces)).equals(content));
    assert.ok((await contentOf(pieces, { ownsInput: true })).equals(content));
    assert.ok((await contentOf(pieces, { ownsInput: true, room })).equals(content));
  });
}

const damaged: [name: string, pieces: readonly Buffer[]][] = [
  ['gzip that is cut off', [a.subarray(0, 200)]],
  ['gzip with other bytes', [Buffer.concat([a.subarray(0, 200), Buffer.alloc(50, 7), a.subarray(250)])]],
  ['gzip with something behind it', [a, Buffer.from('garbage'), Buffer.alloc(300_000, 'g')]],
];

for (const [name, pieces] of damaged) {
  test(name, async () => {
    await assert.rejects(contentOf(pieces), { code: 'LAYER_CORRUPT' });
    await assert.rejects(contentOf(pieces, { room }), { code: 'LAYER_CORRUPT' });
  });
}

test('this Node has the zlib that works in its own thread', () => {
  using gunzip = SyncGunzip.create(room);
  assert.ok(gunzip);
});

test('a failure of the blob is its own, and a reader that stops early ends the blob', async () => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield a.subarray(0, 100);
    throw new Error('the connection broke');
  }
  await assert.rejects(async () => {
    for await (const _ of decompressLayer(Readable.from(failing())));
  }, /the connection broke/);
  const blob = Readable.from([a, b, a, b]);
  for await (const chunk of decompressLayer(blob)) {
    assert.ok(chunk.length > 0);
    break;
  }
  assert.ok(blob.destroyed);
});

test('pieces that belong to somebody else stay as they are, the own ones are given back', async () => {
  for (const ownsInput of [false, true]) {
    const piece = Buffer.from(Uint8Array.from(a).buffer);
    for await (const _ of decompressLayer(Readable.from([piece]), { ownsInput }));
    assert.equal(piece.length, ownsInput ? 0 : a.length);
  }
});

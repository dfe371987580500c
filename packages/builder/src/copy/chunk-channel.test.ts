import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkChannel } from './chunk-channel.ts';

test('all that is written is read, in order, in large chunks', async () => {
  const pieces = Array.from({ length: 3000 }, (_, index) => Buffer.alloc(500, index % 251));
  const chunks: Uint8Array[] = [];
  const source = ChunkChannel.from(async (write) => {
    for (const piece of pieces) await write(piece);
  });
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  assert.ok(Buffer.concat(chunks).equals(Buffer.concat(pieces)));
  assert.ok(chunks.length <= 6);
});

test("the writer's failure reaches the reader", async () => {
  const source = ChunkChannel.from(async () => {
    throw new Error('no file');
  });
  await assert.rejects(async () => {
    for await (const _ of source);
  }, /no file/);
});

test('a reader that stops early ends the writer', async () => {
  let ended = false;
  const source = ChunkChannel.from(async (write) => {
    try {
      for (;;) await write(Buffer.alloc(1 << 20));
    } finally {
      ended = true;
    }
  });
  for await (const _ of source) break;
  assert.ok(ended);
});

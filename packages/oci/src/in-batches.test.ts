import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { inBatches } from './in-batches.ts';

async function* pieces(count: number, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < count; at++) yield Buffer.alloc(size, at);
}

test('all bytes are handed on in order, one batch at a time, and no more are gathered meanwhile', async () => {
  let running = 0;
  const sizes: number[] = [];
  const all: Buffer[] = [];
  await inBatches(Readable.from(pieces(100, 1000)), 10_000, async (batch) => {
    running += 1;
    assert.equal(running, 1);
    sizes.push(batch.reduce((sum, { length }) => sum + length, 0));
    all.push(...batch);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running -= 1;
  });
  const want: Buffer[] = [];
  for await (const piece of pieces(100, 1000)) want.push(piece);
  assert.deepEqual(Buffer.concat(all), Buffer.concat(want));
  assert.ok(Math.max(...sizes) < 40_000 && sizes.length <= 11, `${sizes}`);
});

test('batches of tiny pieces are small, and an empty stream has none', async () => {
  const counts: number[] = [];
  const count = async (batch: readonly Buffer[]): Promise<void> => void counts.push(batch.length);
  await inBatches(Readable.from(pieces(1000, 1)), 1_000_000, count);
  assert.equal(
    counts.reduce((sum, one) => sum + one),
    1000,
  );
  assert.ok(Math.max(...counts) < 200, `${counts}`);
  counts.length = 0;
  await inBatches(Readable.from([]), 1, count);
  assert.deepEqual(counts, []);
});

test('what came before a failure is handed on, then it is thrown', async () => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(10);
    throw new Error('the connection broke');
  }
  let got = 0;
  const run = inBatches(Readable.from(failing()), 100, async (batch) => {
    got += batch.length;
  });
  await assert.rejects(run, /the connection broke/);
  assert.equal(got, 1);
});

test('a failure of the taker ends the stream', async () => {
  const stream = Readable.from(pieces(1000, 1000));
  let calls = 0;
  const run = inBatches(stream, 5000, async () => {
    calls += 1;
    throw new Error('no space');
  });
  await assert.rejects(run, /no space/);
  assert.ok(stream.destroyed);
  assert.equal(calls, 1);
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parallelGzip } from './parallel-gzip.ts';

const KIB = 1024;
const TEXT = Buffer.from('a line of text that compresses well, number 1234567890\n'.repeat(20_000));

async function compress(content: Buffer, chunk: number, level = 4): Promise<Buffer> {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < content.length; at += chunk) yield content.subarray(at, at + chunk);
  }
  const pieces: Buffer[] = [];
  for await (const piece of parallelGzip(chunks(), level)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const contents: [what: string, content: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['a block less one byte', TEXT.subarray(0, 256 * KIB - 1)],
  ['exactly one block', TEXT.subarray(0, 256 * KIB)],
  ['a block and a byte', TEXT.subarray(0, 256 * KIB + 1)],
  ['text of several blocks', TEXT],
  ['noise', randomBytes(1100 * KIB)],
  ['zeros', Buffer.alloc(2000 * KIB)],
  [
    'noise, zeros, text, zeros',
    Buffer.concat([randomBytes(600 * KIB), Buffer.alloc(900 * KIB), TEXT, Buffer.alloc(700 * KIB)]),
  ],
];

for (const [what, content] of contents) {
  test(`${what}: gunzip and Node read it back`, async () => {
    const compressed = await compress(content, 100_000);
    assert.ok(gunzipSync(compressed).equals(content));
    const options = { input: compressed, maxBuffer: 1 << 26 };
    assert.ok(execFileSync('gunzip', ['-c'], options).equals(content));
  });
}

test('the bytes do not depend on how the input comes', async () => {
  const content = Buffer.concat([TEXT, Buffer.alloc(900 * KIB), TEXT]);
  const whole = await compress(content, content.length);
  for (const chunk of [512, 10_007, 128 * KIB, 256 * KIB])
    assert.ok((await compress(content, chunk)).equals(whole));
});

test('blocks refer to the ones before them: a repetition is not stored again', async () => {
  const once = randomBytes(10 * KIB).toString('hex');
  const compressed = await compress(Buffer.from(once.repeat(100)), 64 * KIB);
  assert.ok(compressed.length < 100 * KIB, `${compressed.length} bytes`);
});

test('noise grows by next to nothing', async () => {
  const compressed = await compress(randomBytes(4096 * KIB), 128 * KIB);
  assert.ok(compressed.length < 4096 * KIB * 1.001);
});

test('a reader that stops early, and a source that fails, leave nothing running', async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield TEXT;
  }
  let seen = 0;
  for await (const _ of parallelGzip(endless(), 4)) if (++seen === 5) break;
  async function* failing(): AsyncGenerator<Buffer> {
    yield TEXT;
    throw new Error('the source broke');
  }
  await assert.rejects(async () => {
    for await (const _ of parallelGzip(failing(), 4));
  }, /the source broke/);
});

test('any bytes in any chunks come back', async () => {
  const pieces = fc.array(fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 2000 })), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 100, max: 400_000 }), async (parts, chunk) => {
      const content = Buffer.concat(
        parts.flatMap(([bytes, times]) => Array.from({ length: times }, () => bytes)),
      );
      assert.ok(gunzipSync(await compress(content, chunk)).equals(content));
    }),
    { numRuns: 30 },
  );
});

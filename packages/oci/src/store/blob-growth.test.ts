import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { BlobGrowth } from './blob-growth.ts';

const CONTENT = Buffer.alloc(700_000, 'a blob in pieces ');

test('readers from the beginning, in the middle and of a file that was moved get all of it', async () => {
  using folder = temporaryFolder('slipway-growth-');
  const file = folder.join('growing');
  const growth = new BlobGrowth();
  const early = buffer(growth.open()!);
  writeFileSync(file, '');
  growth.begin(file);
  let size = 0;
  let late: Promise<Buffer> | undefined;
  for (; size < CONTENT.length; size += 50_000) {
    appendFileSync(file, CONTENT.subarray(size, size + 50_000));
    growth.grew(Math.min(size + 50_000, CONTENT.length));
    if (size === 300_000) late = buffer(growth.open()!);
    await new Promise((resolve) => setImmediate(resolve));
  }
  renameSync(file, folder.join('whole'));
  growth.finish(folder.join('whole'), CONTENT.length);
  assert.deepEqual(await early, CONTENT);
  assert.deepEqual(await late, CONTENT);
  assert.equal(growth.open(), undefined);
});

test('a blob that was there already is read from its place', async () => {
  using folder = temporaryFolder('slipway-growth-');
  writeFileSync(folder.join('whole'), CONTENT);
  const growth = new BlobGrowth();
  const reader = buffer(growth.open()!);
  growth.finish(folder.join('whole'), CONTENT.length);
  assert.deepEqual(await reader, CONTENT);
});

test('the end comes with the verification: a reader of all bytes fails when that does', async () => {
  using folder = temporaryFolder('slipway-growth-');
  writeFileSync(folder.join('growing'), CONTENT);
  const growth = new BlobGrowth();
  growth.begin(folder.join('growing'));
  growth.grew(CONTENT.length);
  const reader = growth.open()!;
  let got = 0;
  const reading = (async () => {
    for await (const chunk of reader as AsyncIterable<Buffer>) {
      got += chunk.length;
      if (got === CONTENT.length) growth.fail(new Error('not what it should be'));
    }
  })();
  await assert.rejects(reading, /not what it should be/);
  assert.equal(growth.open(), undefined);
});

test('a reader that goes away holds no file open, and does not stop the others', async () => {
  using folder = temporaryFolder('slipway-growth-');
  writeFileSync(folder.join('growing'), CONTENT);
  const growth = new BlobGrowth();
  growth.begin(folder.join('growing'));
  const gone = growth.open()!;
  const stays = buffer(growth.open()!);
  gone.destroy();
  growth.grew(CONTENT.length);
  growth.finish(folder.join('growing'), CONTENT.length);
  assert.deepEqual(await stays, CONTENT);
  await new Promise((resolve) => setImmediate(resolve));
  const open = readdirSync('/proc/self/fd').map((fd) => readLinkOf(`/proc/self/fd/${fd}`));
  assert.ok(!open.some((path) => path.startsWith(folder.path)));
});

/** The folder's own descriptor is closed by the time that it is looked at. */
function readLinkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

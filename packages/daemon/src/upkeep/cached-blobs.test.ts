import assert from 'node:assert/strict';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { digestOf } from '@slipway/oci';
import { temporaryFolder } from '@slipway/testkit';
import { cachedBlobs } from './cached-blobs.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

test('young records protect the blobs that they name, old ones do not', async () => {
  await mkdir(folder.join('ab'));
  const [young, old] = [digestOf('young'), digestOf('old', 'sha512')];
  await writeFile(folder.join('ab/young.json'), JSON.stringify({ layer: { descriptor: { digest: young } } }));
  await writeFile(folder.join('ab/old.json'), JSON.stringify({ layer: { descriptor: { digest: old } } }));
  assert.deepEqual(await cachedBlobs(folder.path), new Set([young, old]));
  const month = new Date(Date.now() - 30 * 24 * 3600 * 1000);
  await utimes(folder.join('ab/old.json'), month, month);
  assert.deepEqual(await cachedBlobs(folder.path), new Set([young]));
});

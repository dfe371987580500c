import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '@slipway/oci';
import { temporaryFolder } from '@slipway/testkit';
import { ImageNames } from './image-names.ts';

test('a reference that several pods pull at once is kept', async () => {
  using folder = temporaryFolder();
  const names = new ImageNames(folder.join('names'));
  const image = { digest: digestOf('index'), manifestDigest: digestOf('manifest') };
  await Promise.all(Array.from({ length: 20 }, () => names.set('docker.io/library/alpine:latest', image)));
  assert.deepEqual(await names.get('docker.io/library/alpine:latest'), image);
});

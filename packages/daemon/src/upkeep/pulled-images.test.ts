import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ContentStore, type Digest, digestOf } from '@slipway/oci';
import { temporaryFolder } from '@slipway/testkit';
import { pulledImages } from './pulled-images.ts';

const LAYER = {
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: digestOf('layer'),
  size: 5,
};
const CONFIG = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('config'), size: 6 };
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: CONFIG,
  layers: [LAYER],
});

async function named(
  store: ContentStore,
  name: string,
  digest: Digest,
  manifestDigest: Digest,
): Promise<void> {
  await mkdir(join(store.root, 'names'), { recursive: true });
  await writeFile(
    join(store.root, 'names', name),
    JSON.stringify({ reference: 'x', digest, manifestDigest }),
  );
}

test('a named image is needed whole, an image that went is no failure', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  assert.deepEqual(await pulledImages(store), new Set());
  const index = digestOf('index');
  const { digest } = await store.put(Buffer.from(MANIFEST));
  await named(store, 'one', index, digest);
  await named(store, 'gone', digestOf('gone'), digestOf('gone'));
  await writeFile(join(store.root, 'names', 'half'), '{"refer');
  assert.deepEqual(
    await pulledImages(store),
    new Set([index, digest, CONFIG.digest, LAYER.digest, digestOf('gone')]),
  );
});

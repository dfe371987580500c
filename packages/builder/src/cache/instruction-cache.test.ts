import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ContentStore, mediaTypes } from '@slipway/oci';
import { temporaryFolder } from '@slipway/testkit';
import type { Layer } from '../image/layer.ts';
import { cacheKey } from './cache-key.ts';
import { InstructionCache } from './instruction-cache.ts';

const key = cacheKey('run', { args: ['true'] });

async function storedLayer(store: ContentStore): Promise<Layer> {
  const { digest, size } = await store.put(Buffer.from('a layer'));
  return { diffId: digest, size: 7, descriptor: { mediaType: mediaTypes.ociLayerGzip, digest, size } };
}

test('a result is found again by another cache on the same folder', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.join('content'));
  const layer = await storedLayer(store);
  const created = new Date(1000);
  await new InstructionCache(folder.join('cache'), store).put(key, { layer, created });
  const other = new InstructionCache(folder.join('cache'), store);
  assert.deepEqual(await other.get(key), { layer, created });
  await other.put(key, { layer: undefined, created });
  assert.deepEqual(await other.get(key), { layer: undefined, created });
});

test('a result whose blob is gone is a miss', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.join('content'));
  const layer = await storedLayer(store);
  const cache = new InstructionCache(folder.join('cache'), store);
  await cache.put(key, { layer });
  await store.delete(layer.descriptor.digest);
  assert.equal(await cache.get(key), undefined);
});

for (const damaged of [
  '',
  '{',
  'null',
  '[]',
  '{"layer":{}}',
  '{"layer":{"diffId":"sha256:x","descriptor":{}}}',
]) {
  test(`a damaged record is a miss: ${damaged}`, async () => {
    using folder = temporaryFolder();
    const store = await ContentStore.open(folder.join('content'));
    const cache = new InstructionCache(folder.join('cache'), store);
    await cache.put(key, { layer: undefined });
    const [shard] = readdirSync(folder.join('cache'));
    writeFileSync(join(folder.join('cache'), shard!, `${key}.json`), damaged);
    assert.equal(await cache.get(key), undefined);
  });
}

import assert from 'node:assert/strict';
import { utimes } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@slipway/core';
import { ContentStore } from '@slipway/oci';
import { createRegistryHandler, openAccess } from '@slipway/registry';
import { temporaryFolder } from '@slipway/testkit';
import { createStateFolder, stateFolder } from '../state-folder.ts';
import { collectEvery } from './collect-every.ts';

test('a registry that keeps running gets rid of what no manifest names', async () => {
  using temporary = temporaryFolder();
  const folder = stateFolder(temporary.path);
  await createStateFolder(folder);
  const store = await ContentStore.open(folder.content);
  const { digest } = await store.put(Buffer.from('an orphan'));
  const { digest: young } = await store.put(Buffer.from('perhaps of a push in progress'));
  await utimes(store.path(digest), 0, 0);
  const logger = silentLogger;
  const service = createRegistryHandler({
    store,
    metadataDir: folder.registry,
    access: openAccess(),
    logger,
  });
  try {
    using _ = collectEvery(10, { service, folder, logger });
    for (let tries = 0; tries < 500 && (await store.stat(digest)); tries++) await sleep(10);
    assert.equal(await store.stat(digest), undefined);
    assert.ok(await store.stat(young));
  } finally {
    await service.close();
  }
});

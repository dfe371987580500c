import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { lockStateFolder } from '../lock.ts';
import { createStateFolder, type StateFolder, stateFolder } from '../state-folder.ts';
import { offlineUpkeep } from './offline.ts';
import { joinStore, requireNoStoreUsers } from './store-users.ts';

let temporary: TemporaryFolder;
let folder: StateFolder;
beforeEach(async () => {
  temporary = temporaryFolder();
  folder = stateFolder(temporary.path);
  await createStateFolder(folder);
});
afterEach(() => temporary[Symbol.dispose]());

test('no garbage is collected while another process serves the store', async () => {
  {
    await using _user = await joinStore(folder);
    await assert.rejects(requireNoStoreUsers(folder), {
      code: 'STORE_BUSY',
      message: new RegExp(`${process.pid}`),
    });
    await assert.rejects(offlineUpkeep(folder.root, { action: 'CollectGarbage' }), { code: 'STORE_BUSY' });
    const { check } = await offlineUpkeep(folder.root, { action: 'Check' });
    assert.deepEqual(check?.problems, [], 'reading is no danger');
  }
  assert.equal((await offlineUpkeep(folder.root, { action: 'CollectGarbage' })).garbage?.files, 0);
});

test('nobody begins to serve the store while garbage is being collected', async () => {
  await using _lock = await lockStateFolder(folder, { purpose: 'upkeep' });
  await assert.rejects(joinStore(folder), { code: 'STORE_BUSY' });
  assert.deepEqual(await readdir(folder.users), []);
});

test('a process that died does not count, and its file goes', async () => {
  await writeFile(`${folder.users}/dead.json`, JSON.stringify({ pid: process.pid, processStart: '1' }));
  await requireNoStoreUsers(folder);
  assert.deepEqual(await readdir(folder.users), []);
});

test('a file that is not written yet counts as somebody', async () => {
  await writeFile(`${folder.users}/new.json`, '');
  await assert.rejects(requireNoStoreUsers(folder), { code: 'STORE_BUSY' });
});

test('offline upkeep keeps off a running control plane', async () => {
  await using _lock = await lockStateFolder(folder);
  await assert.rejects(offlineUpkeep(folder.root, { action: 'Check' }), { code: 'STATE_LOCKED' });
});

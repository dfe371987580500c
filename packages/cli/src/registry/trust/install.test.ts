import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { install, missingFiles, removableFiles, uninstall } from './install.ts';
import { type TrustPlan, trustPlan } from './plan.ts';
import { readRecord, recordFile } from './record.ts';

let folder: TemporaryFolder;
let record: string;
beforeEach(() => {
  folder = temporaryFolder();
  record = recordFile(folder.join('state'), 'docker');
});
afterEach(() => folder[Symbol.dispose]());

function plan(ca: string, hosts: string[] = ['a:5000', 'b:5000']): TrustPlan {
  return trustPlan('docker', { ca, hosts, root: folder.join('root'), home: undefined });
}

async function undo(): Promise<void> {
  await uninstall(await removableFiles(await readRecord(record)), record);
}

const tree = async (): Promise<string[]> => (await readdir(folder.path, { recursive: true })).sort();

test('docker, podman and the system have their places', () => {
  const o = { ca: 'PEM', hosts: ['r:5000'], root: '/', home: undefined };
  const paths = (plan_: TrustPlan): string[] => plan_.files.map(({ path }) => path);
  assert.deepEqual(paths(trustPlan('docker', o)), ['/etc/docker/certs.d/r:5000/ca.crt']);
  assert.deepEqual(paths(trustPlan('podman', o)), ['/etc/containers/certs.d/r:5000/ca.crt']);
  assert.deepEqual(paths(trustPlan('podman', { ...o, home: '/home/a' })), [
    '/home/a/.config/containers/certs.d/r:5000/ca.crt',
  ]);
  const system = trustPlan('system', o);
  assert.match(system.files[0]!.path, /^\/usr\/local\/share\/ca-certificates\/slipway-[0-9a-f]{8}\.crt$/);
  assert.deepEqual(system.command, ['update-ca-certificates']);
});

test('what is written is found again and not written twice', async () => {
  const { files } = plan('PEM');
  assert.equal((await missingFiles(files, await readRecord(record))).length, 2);
  await install(files, record);
  assert.equal(await readFile(files[0]!.path, 'utf8'), 'PEM');
  assert.deepEqual(await missingFiles(files, await readRecord(record)), []);
});

test('undo leaves the folders as they were', async () => {
  await mkdir(folder.join('root/etc'), { recursive: true });
  await install(plan('PEM').files, record);
  await undo();
  assert.deepEqual(await tree(), ['root', 'root/etc', 'state', 'state/trust']);
});

test('undo removes only what is ours and unchanged', async () => {
  const { files } = plan('PEM');
  await install(files, record);
  await writeFile(files[0]!.path, 'somebody changed it');
  await writeFile(`${files[1]!.path}.other`, 'somebody’s');
  await undo();
  const left = (await tree()).filter((path) => path.includes('ca.crt'));
  assert.deepEqual(left, [
    'root/etc/docker/certs.d/a:5000/ca.crt',
    'root/etc/docker/certs.d/b:5000/ca.crt.other',
  ]);
});

test('somebody else’s certificate is not overwritten', async () => {
  const { files } = plan('PEM', ['a:5000']);
  await mkdir(folder.join('root/etc/docker/certs.d/a:5000'), { recursive: true });
  await writeFile(files[0]!.path, 'theirs');
  await assert.rejects(missingFiles(files, await readRecord(record)), { code: 'TRUST_FOREIGN' });
});

test('a new CA replaces ours, and undo still removes everything', async () => {
  await install(plan('OLD').files, record);
  const { files } = plan('NEW', ['a:5000', 'c:5000']);
  const missing = await missingFiles(files, await readRecord(record));
  assert.equal(missing.length, 2);
  await install(missing, record);
  await undo();
  assert.deepEqual(await tree(), ['state', 'state/trust']);
});

test('undo without anything done does nothing', async () => {
  await undo();
  assert.deepEqual(await tree(), []);
});

import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { silentLogger } from '@slipway/core';
import { ContentStore, type Digest, digestOf } from '@slipway/oci';
import { createRegistryHandler, openAccess } from '@slipway/registry';
import { expectStatus, pullImage, pushImage, randomImage } from './registry/image.ts';

const ROUNDS = 30;
const PUSHERS = 4;
const SERVER = join(import.meta.dirname, 'registry/server.ts');

type Server = { child: ChildProcessByStdio<Writable, Readable, null>; base: string };
interface Resumable {
  readonly location: string;
  readonly bytes: Buffer;
  readonly acknowledged: number;
}

let folder: string;
let running: Server | undefined;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-registry-crash-'));
});

after(async () => {
  running?.child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<Server> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SERVER, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  running = { child, base: `http://127.0.0.1:${String(line).split(' ')[1]}` };
  return running;
}

async function kill({ child }: Server): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

/** Pushes one image after the other until the server dies, and notes what was begun and what was acknowledged. */
async function pushUntilDeath(
  base: string,
  repository: string,
  round: number,
  ledger: Ledger,
): Promise<void> {
  for (let number = 0; ; number++) {
    const image = randomImage([randomInt(1, 200_000), randomInt(1, 5_000)]);
    const tag = `r${round}-${number}`;
    ledger.begun.set(`${repository}:${tag}`, image.digest);
    ledger.latestBegun.set(repository, image.digest);
    try {
      await pushImage(base, repository, tag, image);
      ledger.acknowledged.set(`${repository}:${tag}`, image.digest);
      await pushImage(base, repository, 'latest', image);
      ledger.latest.set(repository, image.digest);
    } catch {
      return; // the server is dead; what it had answered stands in the ledger
    }
  }
}

class Ledger {
  readonly begun = new Map<string, Digest>();
  readonly acknowledged = new Map<string, Digest>();
  readonly latest = new Map<string, Digest>();
  readonly latestBegun = new Map<string, Digest>();
}

async function beginChunked(base: string): Promise<Resumable> {
  const bytes = Buffer.from(randomImage([300_000]).blobs[1]!.bytes);
  const begun = await expectStatus(202, fetch(`${base}/v2/team/resumed/blobs/uploads/`, { method: 'POST' }));
  const location = begun.headers.get('location')!;
  const acknowledged = 100_000;
  const headers = { 'content-range': `0-${acknowledged - 1}` };
  const body = new Uint8Array(bytes.subarray(0, acknowledged));
  await expectStatus(202, fetch(base + location, { method: 'PATCH', headers, body }));
  return { location, bytes, acknowledged };
}

async function finishChunked(base: string, { location, bytes, acknowledged }: Resumable): Promise<void> {
  const status = await expectStatus(204, fetch(base + location));
  assert.equal(status.headers.get('range'), `0-${acknowledged - 1}`, 'an acknowledged chunk is kept');
  const url = `${base}${location}?digest=${digestOf(bytes)}`;
  await expectStatus(201, fetch(url, { method: 'PUT', body: new Uint8Array(bytes.subarray(acknowledged)) }));
}

/** What is listed was acknowledged, or was on its way when the server died; both must pull whole. */
async function checkRepository(
  base: string,
  repository: string,
  ledger: Ledger,
  round: number,
): Promise<void> {
  const response = await fetch(`${base}/v2/${repository}/tags/list`);
  const { tags = [] } = (await response.json()) as { tags?: string[] };
  for (const [name, digest] of ledger.acknowledged) {
    if (name.startsWith(`${repository}:r${round}-`))
      assert.ok(tags.includes(name.split(':')[1]!), `${name} ${digest}`);
  }
  for (const tag of tags.filter((name) => name.startsWith(`r${round}-`))) {
    const begun = ledger.begun.get(`${repository}:${tag}`);
    assert.equal(await pullImage(base, repository, tag), begun, `${repository}:${tag}`);
  }
  if (!ledger.latest.has(repository)) return;
  const latest = await pullImage(base, repository, 'latest');
  assert.ok([ledger.latest.get(repository), ledger.latestBegun.get(repository)].includes(latest), 'latest');
  // A push that the kill overtook may have been stored: what is there now is what a later round starts from.
  ledger.latest.set(repository, latest);
}

/** The store's own check, with every file read. */
async function checkStore(): Promise<void> {
  const store = await ContentStore.open(join(folder, 'content'));
  const metadataDir = join(folder, 'registry');
  const registry = createRegistryHandler({ store, metadataDir, access: openAccess(), logger: silentLogger });
  const report = await registry.fsck({ deep: true });
  await registry.close();
  assert.deepEqual(report.problems, []);
}

test(`${ROUNDS} kills at random moments lose nothing acknowledged and list nothing half done`, async () => {
  const ledger = new Ledger();
  const repositories = Array.from({ length: PUSHERS }, (_, index) => `team/app-${index}`);
  let server = await start();
  for (let round = 0; round < ROUNDS; round++) {
    const resumable = await beginChunked(server.base);
    const { base } = server;
    const pushers = repositories.map((repository) => pushUntilDeath(base, repository, round, ledger));
    await new Promise((resolve) => setTimeout(resolve, randomInt(5, 400)));
    await kill(server);
    await Promise.all(pushers);
    if (round % 5 === 0) await checkStore();
    server = await start();
    for (const repository of repositories) await checkRepository(server.base, repository, ledger, round);
    await finishChunked(server.base, resumable);
  }
  for (const [name, digest] of ledger.acknowledged) {
    const [repository, tag] = name.split(':') as [string, string];
    assert.equal(await pullImage(server.base, repository, tag), digest, name);
  }
  assert.ok(ledger.acknowledged.size > ROUNDS, `only ${ledger.acknowledged.size} pushes were acknowledged`);
  await kill(server);
  await checkStore();
});

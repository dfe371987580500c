import assert from 'node:assert/strict';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type LocalRegistry,
  type SeededImage,
  type SeedOptions,
  seed,
  seedOptions,
  startLocalRegistry,
} from '@slipway/daemon';
import {
  type ContainerDefaults,
  ContentStore,
  LayerStore,
  parseReference,
  pullImage,
  RegistryClient,
} from '@slipway/oci';

let stateDir: string;
let registry: LocalRegistry;

before(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'slipway-seed-test-'));
  registry = await startLocalRegistry(stateDir);
});

after(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(stateDir, { recursive: true, force: true });
});

async function seedBusybox(options: Partial<SeedOptions> = {}): Promise<SeededImage[]> {
  const target = { stateDir, registry: registry.hostPort, version: '0.0.0' };
  return seed({ ...(await seedOptions(target, { images: ['busybox'] })), ...options });
}

/** The labels and the lowest layer of a seeded image, as the mirror gives it. */
async function unpacked(name: string): Promise<{ labels: ContainerDefaults['Labels']; root: string }> {
  const store = await ContentStore.open(join(stateDir, 'content'));
  const ref = parseReference(`${registry.hostPort}/docker.io/library/${name}:latest`);
  const { config, layers } = await pullImage({ client: new RegistryClient({}), ref, store });
  const folders = await new LayerStore(join(stateDir, 'layers'), store).unpack(layers);
  return { labels: config.config?.Labels, root: folders.at(-1)! };
}

const temporaryFolders = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('slipway-seed-busybox'));

test('without mmdebstrap the error says what to install', async () => {
  const path = process.env.PATH;
  process.env.PATH = '/nonexistent';
  try {
    await assert.rejects(seedBusybox(), { code: 'SEED_NO_MMDEBSTRAP', hint: /apt-get install .*mmdebstrap/ });
  } finally {
    process.env.PATH = path;
  }
});

test('a package mirror that does not answer is named, and nothing is left in the store', async () => {
  const source = { uri: 'http://127.0.0.1:9/debian', suite: 'bookworm', components: ['main'] };
  await assert.rejects(seedBusybox({ host: { suite: 'bookworm', sources: [source] } }), {
    code: 'SEED_MIRROR_UNREACHABLE',
    kind: 'unavailable',
    message: 'the package mirror does not answer: http://127.0.0.1:9/debian',
  });
  const store = await ContentStore.open(join(stateDir, 'content'));
  for await (const blob of store.list()) assert.fail(`${blob.digest} was left behind`);
});

test('busybox and the Debian below it are made from packages, and the mirror finds them', async () => {
  const seeded = await seedBusybox();
  assert.deepEqual(
    seeded.map(({ name, cached }) => [name, cached]),
    [
      ['debian', false],
      ['busybox', false],
    ],
  );
  const busybox = await unpacked('busybox');
  assert.equal(busybox.labels?.['dev.slipway.stand-in'], 'true');
  assert.equal(busybox.labels?.['dev.slipway.stands-for'], 'docker.io/library/busybox');
  assert.equal(readlinkSync(join(busybox.root, 'bin/sh')), '/bin/busybox');
  assert.ok(statSync(join(busybox.root, 'bin/busybox')).mode & 0o111);
  assert.equal(statSync(join(busybox.root, 'tmp')).mode & 0o7777, 0o1777);
  assert.match(await readFile(join(busybox.root, 'etc/passwd'), 'utf8'), /^nobody:/m);
  const debian = await unpacked('debian');
  for (const { root } of [busybox, debian]) {
    for (const folder of ['dev', 'proc', 'sys']) assert.deepEqual(readdirSync(join(root, folder)), []);
    assert.ok(!readdirSync(join(root, 'etc')).includes('resolv.conf'));
  }
});

test('a second run makes nothing and takes no time', async () => {
  const started = performance.now();
  const seeded = await seedBusybox({ build: () => Promise.reject(new Error('nothing is to be built')) });
  assert.deepEqual(
    seeded.map(({ cached }) => cached),
    [true, true],
  );
  assert.ok(performance.now() - started < 2000);
});

test('only what is missing is made again', async () => {
  const asked: string[] = [];
  const real = await seedOptions(
    { stateDir, registry: registry.hostPort, version: '0.0.0' },
    { images: ['busybox'] },
  );
  const seeded = await seed({
    ...real,
    published: async (reference) => (reference.includes('busybox') ? undefined : real.published(reference)),
    build: (image) => {
      asked.push(image.name);
      return real.build(image);
    },
  });
  assert.deepEqual(asked, ['busybox']);
  assert.deepEqual(
    seeded.map(({ cached }) => cached),
    [true, false],
  );
});

test('an interrupted run leaves no folder behind', async () => {
  const abort = new AbortController();
  const running = seedBusybox({ force: true, signal: abort.signal, onProgress: () => abort.abort() });
  await assert.rejects(running);
  assert.deepEqual(temporaryFolders(), []);
});

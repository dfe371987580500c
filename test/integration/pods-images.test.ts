import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  ContentStore,
  type CredentialSource,
  LayerStore,
  mediaTypes,
  mirrorTable,
  parseReference,
  pushImage,
  RegistryClient,
  TarWriter,
  writeLayer,
} from '@slipway/oci';
import { forgetImage, type ImageProvider, registryImages } from '@slipway/pods';
import { temporaryFolder } from '@slipway/testkit';
import { startRegistry, type TestRegistry } from './registry/in-process.ts';

const folder = temporaryFolder();
let registry: TestRegistry;
let host: string;

before(async () => {
  registry = await startRegistry();
  host = `127.0.0.1:${registry.port}`;
  await push(`${host}/team/app:1`, process.arch === 'arm64' ? 'arm64' : 'amd64');
  await push(`${host}/team/other:1`, 's390x');
  await push(`${host}/docker.io/library/known:1`, process.arch === 'arm64' ? 'arm64' : 'amd64');
});

after(async () => {
  await registry[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Pushes an image of one layer with one file. */
async function push(reference: string, architecture: string): Promise<void> {
  const store = await ContentStore.open(folder.join('build'));
  const layer = await writeLayer(store, oneFile());
  const config = {
    architecture,
    os: 'linux',
    config: { Cmd: ['run'] },
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
  };
  const configInfo = await store.put(Buffer.from(JSON.stringify(config)));
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, ...configInfo },
    layers: [layer.descriptor],
  };
  const info = await store.put(Buffer.from(JSON.stringify(manifest)));
  const client = new RegistryClient();
  await pushImage({
    client,
    ref: parseReference(reference),
    store,
    manifest: { mediaType: mediaTypes.ociManifest, ...info },
  });
}

async function* oneFile(): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const tar = new TarWriter(async (chunk) => void chunks.push(Buffer.from(chunk)));
  const body = Buffer.from('content');
  await tar.add(
    { name: Buffer.from('file'), type: 'file', mode: 0o644, uid: 0, gid: 0, size: body.length, mtimeNs: 0n },
    (async function* () {
      yield body;
    })(),
  );
  await tar.finish();
  yield* chunks;
}

async function images(
  name: string,
  client?: RegistryClient,
  clientFor?: (source: CredentialSource) => RegistryClient,
): Promise<ImageProvider> {
  const store = await ContentStore.open(folder.join(name));
  const layers = new LayerStore(folder.join(`${name}-layers`), store);
  const mirrors = mirrorTable([{ from: '*', to: host }]);
  const own = client ?? new RegistryClient({ mirrors, connectTimeoutMs: 500 });
  return registryImages({ store, layers, client: own, ...(clientFor ? { clientFor } : {}) });
}

test('an image is pulled, unpacked, and then present without a registry', async () => {
  const provider = await images('one');
  const first = await provider.provide(`${host}/team/app:1`, { pullPolicy: 'IfNotPresent' });
  assert.deepEqual([first.pulled, first.lower.length, first.config.config?.Cmd], [true, 1, ['run']]);
  assert.match(first.imageId, /^127\.0\.0\.1:\d+\/team\/app@sha256:[0-9a-f]{64}$/);
  const unreachable = new RegistryClient({ mirrors: { resolve: () => [] } });
  const later = await images('one', unreachable);
  for (const pullPolicy of ['IfNotPresent', 'Never'] as const) {
    const again = await later.provide(`${host}/team/app:1`, { pullPolicy });
    assert.deepEqual([again.pulled, again.lower, again.imageId], [false, first.lower, first.imageId]);
  }
});

test('a well-known name is found in the mirror', async () => {
  const provider = await images('mirror');
  const image = await provider.provide('known:1', { pullPolicy: 'IfNotPresent' });
  assert.match(image.imageId, /^docker\.io\/library\/known@sha256:/);
});

test('what was replaced on this machine is pulled anew, though it is present', async () => {
  const provider = await images('replaced');
  await provider.provide('known:1', { pullPolicy: 'IfNotPresent' });
  assert.equal((await provider.provide('known:1', { pullPolicy: 'IfNotPresent' })).pulled, false);
  await forgetImage(await ContentStore.open(folder.join('replaced')), 'known:1');
  assert.equal((await provider.provide('known:1', { pullPolicy: 'IfNotPresent' })).pulled, true);
});

const refusals: [
  name: string,
  reference: () => string,
  pullPolicy: 'IfNotPresent' | 'Never',
  expected: object,
][] = [
  ['never pulled', () => `${host}/team/app:1`, 'Never', { code: 'IMAGE_NEVER_PULL' }],
  [
    'unknown',
    () => `${host}/team/none:1`,
    'IfNotPresent',
    { code: 'IMAGE_NOT_FOUND', message: /tried 127\.0\.0\.1:\d+\/team\/none:1/ },
  ],
  [
    'for another architecture',
    () => `${host}/team/other:1`,
    'IfNotPresent',
    { code: 'IMAGE_PLATFORM', message: /s390x/ },
  ],
  ['a bad name', () => 'Bad Name', 'IfNotPresent', { message: /Bad Name/ }],
];

for (const [name, reference, pullPolicy, expected] of refusals) {
  test(`refused: ${name}`, async () => {
    const provider = await images('refusals');
    await assert.rejects(provider.provide(reference(), { pullPolicy }), expected);
  });
}

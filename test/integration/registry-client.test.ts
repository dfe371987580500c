// The registry client, pull and push against our own registry, with skopeo as a second opinion.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import {
  ContentStore,
  type Descriptor,
  diffLayer,
  hostPlatform,
  type ImageLayer,
  LayerStore,
  mediaTypes,
  mirrorTable,
  type Platform,
  parseReference,
  pullImage,
  pushImage,
  type Reference,
  RegistryClient,
  writeLayer,
} from '@slipway/oci';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { startRegistry, type TestRegistry } from './registry/in-process.ts';

const run = promisify(execFile);

interface Work extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly registry: TestRegistry;
  readonly store: ContentStore;
  readonly client: RegistryClient;
  at(name: string): Reference;
}

async function start(): Promise<Work> {
  const registry = await startRegistry();
  const folder = temporaryFolder();
  const mirrors = mirrorTable([{ from: '*', to: `127.0.0.1:${registry.port}` }]);
  const client = new RegistryClient({ mirrors, connectTimeoutMs: 500 });
  const dispose = async (): Promise<void> => {
    client.close();
    await registry[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  };
  return {
    folder,
    registry,
    client,
    store: await ContentStore.open(folder.join('store')),
    at: (name) => parseReference(`127.0.0.1:${registry.port}/${name}`),
    [Symbol.asyncDispose]: dispose,
  };
}

/** An image of two layers in the store, one of them with random content. */
async function makeImage({ folder, store }: Work, platform: Platform = hostPlatform()): Promise<Descriptor> {
  const layers: ImageLayer[] = [];
  for (const name of ['a', 'b']) {
    const root = folder.join(`layer-${name}-${platform.architecture}`);
    mkdirSync(root);
    writeFileSync(`${root}/${name}`, randomBytes(500_000));
    layers.push(await writeLayer(store, diffLayer(root)));
  }
  const { os, architecture } = platform;
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const config = await putJson(store, mediaTypes.ociConfig, { os, architecture, config: {}, rootfs });
  const descriptors = layers.map(({ descriptor }) => descriptor);
  const mediaType = mediaTypes.ociManifest;
  return putJson(store, mediaType, { schemaVersion: 2, mediaType, config, layers: descriptors });
}

async function putJson(store: ContentStore, mediaType: string, value: object): Promise<Descriptor> {
  return { mediaType, ...(await store.put(Buffer.from(JSON.stringify(value)))) };
}

test('what is pushed is pulled again, and only what is missing travels', async () => {
  await using work = await start();
  const { client, store, folder } = work;
  const manifest = await makeImage(work);
  const ref = work.at('team/app:1');
  const first = await pushImage({ client, ref, store, manifest });
  assert.equal(first.digest, manifest.digest);
  assert.ok(first.uploadedBytes > 1_000_000);
  const again = await pushImage({ client, ref: work.at('team/app:2'), store, manifest });
  assert.deepEqual([again.uploadedBytes, again.skippedBytes], [0, first.uploadedBytes]);
  const mounted = await pushImage({
    client,
    ref: work.at('team/other:1'),
    store,
    manifest,
    mountFrom: ['team/app'],
  });
  assert.equal(mounted.uploadedBytes, 0);

  const target = await ContentStore.open(folder.join('pulled'));
  let fetched = 0;
  const onProgress = (progress: { transferredBytes: number }): void => {
    fetched = progress.transferredBytes;
  };
  const pulled = await pullImage({ client, ref, store: target, onProgress });
  assert.equal(pulled.manifestDigest, manifest.digest);
  assert.ok(fetched > 1_000_000);
  assert.equal((await new LayerStore(folder.join('layers'), target).unpack(pulled.layers)).length, 2);
  fetched = 0;
  await pullImage({ client, ref, store: target, onProgress });
  assert.equal(fetched, 0);
});

test('skopeo reads what we push, and we pull what skopeo pushes', async () => {
  await using work = await start();
  const { client, store, folder } = work;
  const manifest = await makeImage(work);
  await pushImage({ client, ref: work.at('team/app:1'), store, manifest });
  const base = `docker://127.0.0.1:${work.registry.port}/team`;
  writeFileSync(folder.join('policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  const skopeo = async (...args: string[]): Promise<string> =>
    (await run('skopeo', ['--policy', folder.join('policy.json'), ...args])).stdout;
  assert.equal(
    JSON.parse(await skopeo('inspect', '--tls-verify=false', `${base}/app:1`)).Digest,
    manifest.digest,
  );
  await skopeo(
    'copy',
    '-q',
    '--src-tls-verify=false',
    '--dest-tls-verify=false',
    '--format',
    'v2s2',
    `${base}/app:1`,
    `${base}/docker:1`,
  );
  const target = await ContentStore.open(folder.join('pulled'));
  const pulled = await pullImage({ client, ref: work.at('team/docker:1'), store: target });
  assert.equal(pulled.manifest.mediaType, mediaTypes.dockerManifest);
  assert.equal(pulled.layers.length, 2);
});

test('an index gives the image of the platform asked for, and names what there is when it has none', async () => {
  await using work = await start();
  const { client, store } = work;
  const manifests: Descriptor[] = [];
  for (const architecture of ['amd64', 'arm64']) {
    const platform = { os: 'linux', architecture };
    manifests.push({ ...(await makeImage(work, platform)), platform });
  }
  const mediaType = mediaTypes.ociIndex;
  const index = await putJson(store, mediaType, { schemaVersion: 2, mediaType, manifests });
  const ref = work.at('team/multi:1');
  await pushImage({ client, ref, store, manifest: index });
  const target = await ContentStore.open(work.folder.join('pulled'));
  for (const { platform, digest } of manifests) {
    const pulled = await pullImage({ client, ref, store: target, platform });
    assert.deepEqual([pulled.digest, pulled.manifestDigest], [index.digest, digest]);
  }
  await assert.rejects(
    pullImage({ client, ref, store: target, platform: { os: 'linux', architecture: 's390x' } }),
    {
      code: 'IMAGE_PLATFORM',
      message: /team\/multi:1 is not made for linux\/s390x; it exists for linux\/amd64, linux\/arm64$/,
    },
  );
});

test('an image that is made for another architecture only is refused', async () => {
  await using work = await start();
  const { client, store } = work;
  const manifest = await makeImage(work, { os: 'linux', architecture: 's390x' });
  await pushImage({ client, ref: work.at('team/foreign:1'), store, manifest });
  const pull = pullImage({ client, ref: work.at('team/foreign:1'), store });
  await assert.rejects(pull, {
    code: 'IMAGE_PLATFORM',
    kind: 'unsupported',
    message: /exists for linux\/s390x/,
  });
});

test('a mirror is asked first, and every place that was tried is named', async () => {
  await using work = await start();
  const { client, store } = work;
  const manifest = await makeImage(work);
  await pushImage({ client, ref: work.at('docker.io/library/thing:1'), store, manifest });
  const pulled = await pullImage({ client, ref: parseReference('thing:1'), store });
  assert.equal(pulled.ref.registry, `127.0.0.1:${work.registry.port}`);
  const ref = parseReference('registry.invalid/team/none:1');
  const started = Date.now();
  await assert.rejects(pullImage({ client, ref, store }), {
    code: 'IMAGE_UNAVAILABLE',
    kind: 'unavailable',
    message:
      /127\.0\.0\.1:\d+\/registry\.invalid\/team\/none:1 \(.*404.*registry\.invalid\/team\/none:1 \(registry\.invalid/,
  });
  assert.ok(Date.now() - started < 10_000);
  await assert.rejects(pullImage({ client, ref: work.at('team/none:1'), store }), {
    code: 'IMAGE_NOT_FOUND',
    kind: 'not-found',
  });
});

test('tags are listed and manifests deleted', async () => {
  await using work = await start();
  const { client, store } = work;
  const manifest = await makeImage(work);
  for (const tag of ['1', '2', '3'])
    await pushImage({ client, ref: work.at(`team/app:${tag}`), store, manifest });
  const tags: string[] = [];
  for await (const tag of client.tags(work.at('team/app'))) tags.push(tag);
  assert.deepEqual(tags, ['1', '2', '3']);
  const ref = { ...work.at('team/app'), digest: manifest.digest };
  assert.equal((await client.headManifest(ref))?.digest, manifest.digest);
  assert.equal(await client.deleteManifest(ref), true);
  assert.equal(await client.headManifest(ref), undefined);
  assert.equal(await client.deleteManifest(ref), false);
});

test('the memory of push and pull does not grow with the image', async () => {
  await using work = await start();
  const { folder } = work;
  // The registry runs in this process: only the client's process is measured.
  const script = `import { ContentStore, RegistryClient, mediaTypes, parseReference } from '@slipway/oci';
    const store = await ContentStore.open(${JSON.stringify(folder.join('large'))});
    async function* content(size) { for (let at = 0; at < size; at += 1 << 20) yield Buffer.alloc(1 << 20, String(at)); }
    const client = new RegistryClient();
    const ref = parseReference('127.0.0.1:${work.registry.port}/team/large');
    const peaks = [];
    for (const size of [16 << 20, 200 << 20]) {
      const info = await store.ingest(content(size));
      await client.pushBlob(ref, info, () => store.open(info.digest));
      await store.delete(info.digest);
      await store.ingest(await client.openBlob(ref, info.digest), info);
      peaks.push(process.resourceUsage().maxRSS / 1024);
    }
    client.close();
    console.log(JSON.stringify(peaks));`;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
  const { stdout } = await run(process.execPath, args, { cwd: import.meta.dirname });
  const [small, large] = JSON.parse(stdout) as [number, number];
  assert.ok(large - small < 80, `peak memory grew from ${small} to ${large} MiB`);
});

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { digestOf, mediaTypes, type Reference, RegistryClient } from '@slipway/oci';
import type { MirrorUpstream } from '@slipway/registry';
import { pullImage, pushImage, pushManifest, randomImage } from './registry/image.ts';
import { startRegistry, type TestRegistry } from './registry/in-process.ts';

const NAME = 'registry.example/library/tool';

let upstream: TestRegistry;
const client = new RegistryClient();
/** What the mirror asked, and whether the network is there. */
const asked: string[] = [];
let network: 'up' | 'down' | 'corrupt' = 'up';

/** The real client on the upstream registry; a repository name has no port, so its host is mapped. */
function toUpstream(ref: Reference, what: string): Reference {
  asked.push(`${what} ${ref.digest ?? ref.tag ?? ''}`.trim());
  const port = network === 'down' ? 1 : upstream.port;
  assert.equal(ref.registry, 'registry.example');
  return { ...ref, registry: `127.0.0.1:${port}` };
}
const mapped: MirrorUpstream = {
  headManifest: (ref, ...rest) => client.headManifest(toUpstream(ref, 'head'), ...rest),
  getManifest: (ref, ...rest) => client.getManifest(toUpstream(ref, 'get'), ...rest),
  hasBlob: (ref, ...rest) => client.hasBlob(toUpstream(ref, 'has'), ...rest),
  openBlob: async (ref, digest, ...rest) => {
    const body = await client.openBlob(toUpstream(ref, `blob ${digest}`), digest, ...rest);
    return network === 'corrupt' ? Readable.from(corrupted(body)) : body;
  },
};

async function* corrupted(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of body) yield chunk.map((byte) => byte ^ 1) as Buffer;
}

before(async () => {
  upstream = await startRegistry();
});

after(async () => {
  client.close();
  await upstream?.[Symbol.asyncDispose]();
});

function startMirror(): Promise<TestRegistry> {
  asked.length = 0;
  network = 'up';
  return startRegistry({ mirror: { upstream: mapped, offlineMs: 0 } });
}

test('an image is fetched once and kept; a tag is asked for again, a digest never', async () => {
  await using mirror = await startMirror();
  const [first, second] = [randomImage([100_000, 10]), randomImage([1000])];
  await pushImage(upstream.base, 'library/tool', 'v1', first);
  assert.equal(await pullImage(mirror.base, NAME, 'v1'), first.digest);
  asked.length = 0;
  assert.equal(await pullImage(mirror.base, NAME, first.digest), first.digest);
  assert.deepEqual(asked, []);
  assert.equal(await pullImage(mirror.base, NAME, 'v1'), first.digest);
  assert.deepEqual(asked, ['head v1']);
  await pushImage(upstream.base, 'library/tool', 'v1', second);
  assert.equal(await pullImage(mirror.base, NAME, 'v1'), second.digest);
  assert.equal(await pullImage(mirror.base, NAME, first.digest), first.digest);
  assert.deepEqual((await mirror.service.fsck({ deep: true })).problems, []);
});

test('without a network what is kept is served, and what is not is a 404 with the reason', async () => {
  await using mirror = await startMirror();
  const image = randomImage([1000]);
  await pushImage(upstream.base, 'library/tool', 'offline', image);
  await pullImage(mirror.base, NAME, 'offline');
  network = 'down';
  assert.equal(await pullImage(mirror.base, NAME, 'offline'), image.digest);
  const missing = await fetch(`${mirror.base}/v2/${NAME}/manifests/other`);
  assert.equal(missing.status, 404);
  assert.match(await missing.text(), /MANIFEST_UNKNOWN.*could not fetch it.*127\.0\.0\.1:1/);
});

test('of an index only the platform that is asked for is fetched', async () => {
  await using mirror = await startMirror();
  const images = [randomImage([500]), randomImage([600])];
  for (const image of images) await pushImage(upstream.base, 'library/tool', image.digest, image);
  const manifests = images.map(({ digest, manifest }) => ({
    mediaType: mediaTypes.ociManifest,
    digest,
    size: manifest.length,
  }));
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  await pushManifest(upstream.base, 'library/tool', 'multi', index, mediaTypes.ociIndex);
  const response = await fetch(`${mirror.base}/v2/${NAME}/manifests/multi`);
  assert.equal(digestOf(Buffer.from(await response.arrayBuffer())), digestOf(index));
  assert.equal(await pullImage(mirror.base, NAME, images[0]!.digest), images[0]!.digest);
  assert.ok(!asked.some((line) => line.includes(images[1]!.digest)));
  assert.deepEqual((await mirror.service.fsck({ deep: true })).problems, []);
});

test('clients that want the same blob at once cause one fetch', async () => {
  await using mirror = await startMirror();
  const image = randomImage([3_000_000]);
  await pushImage(upstream.base, 'library/tool', 'busy', image);
  await fetch(`${mirror.base}/v2/${NAME}/manifests/busy`);
  const layer = image.blobs[1]!.digest;
  const bodies = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const response = await fetch(`${mirror.base}/v2/${NAME}/blobs/${layer}`);
      return digestOf(Buffer.from(await response.arrayBuffer()));
    }),
  );
  assert.deepEqual(new Set(bodies), new Set([layer]));
  assert.equal(asked.filter((line) => line.startsWith('blob')).length, 1);
});

test('a blob that comes wrong reaches nobody whole and is not kept', async () => {
  await using mirror = await startMirror();
  const image = randomImage([300_000]);
  await pushImage(upstream.base, 'library/tool', 'bad', image);
  await fetch(`${mirror.base}/v2/${NAME}/manifests/bad`);
  network = 'corrupt';
  const layer = image.blobs[1]!.digest;
  await assert.rejects(async () => {
    const response = await fetch(`${mirror.base}/v2/${NAME}/blobs/${layer}`);
    if (!response.ok) throw new Error(`status ${response.status}`);
    await response.arrayBuffer();
  });
  assert.equal(await mirror.store.stat(layer), undefined);
  network = 'up';
  assert.equal(await pullImage(mirror.base, NAME, 'bad'), image.digest);
});

test('HEAD and Range of a blob that is not here yet', async () => {
  await using mirror = await startMirror();
  const image = randomImage([50_000]);
  await pushImage(upstream.base, 'library/tool', 'ranged', image);
  await fetch(`${mirror.base}/v2/${NAME}/manifests/ranged`);
  const { digest, bytes } = image.blobs[1]!;
  const url = `${mirror.base}/v2/${NAME}/blobs/${digest}`;
  assert.equal((await fetch(url, { method: 'HEAD' })).headers.get('content-length'), '50000');
  const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
  assert.equal(part.status, 206);
  assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(10, 20));
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ImageStream, ImageStreamTag } from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { push, type RegistryPlane, startRegistryPlane } from './registry/control-plane.ts';
import { randomImage } from './registry/image.ts';

const SERVICE = 'image-registry.openshift-image-registry.svc:5000';
let cluster: RegistryPlane;

before(async () => {
  cluster = await startRegistryPlane();
  await cluster.namespace('team', ['system:image-builder', 'system:image-pusher', 'edit']);
});
after(() => cluster?.[Symbol.asyncDispose]());

async function get<T>(what: string): Promise<T> {
  return JSON.parse(await cluster.kubectl(`get ${what} -o json`));
}

async function pushAs(account: string, name: string, image = randomImage([100])) {
  return push(cluster.plane.registry, name, await cluster.token(account), image);
}

/** The tags that the registry itself lists. */
async function tags(repository: string): Promise<string[]> {
  const token = await cluster.token('team/edit');
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`http://${cluster.plane.registry}/v2/${repository}/tags/list`, { headers });
  return ((await answer.json()) as { tags?: string[] }).tags ?? [];
}

async function request(method: string, path: string): Promise<number> {
  const headers = { authorization: `Bearer ${await cluster.token('team/edit')}` };
  return (await fetch(`http://${cluster.plane.registry}/v2/${path}`, { method, headers })).status;
}

test('a push by an image-builder creates the stream, with repositories, tags, digest and time', async () => {
  const { status, digest } = await pushAs('team/builder', 'team/app:1.0');
  assert.equal(status, 201);
  const stream = await get<ImageStream>('is app -n team');
  assert.equal(stream.metadata.generation, 1);
  assert.equal(stream.status?.dockerImageRepository, `${SERVICE}/team/app`);
  assert.equal(stream.status?.publicDockerImageRepository, `${cluster.plane.registry}/team/app`);
  const [tag] = stream.status?.tags ?? [];
  assert.equal(tag?.tag, '1.0');
  const { created, ...item } = tag!.items[0]!;
  assert.deepEqual(item, {
    dockerImageReference: `${SERVICE}/team/app@${digest}`,
    image: digest,
    generation: 1,
  });
  assert.ok(Math.abs(Date.now() - Date.parse(created)) < 30_000);
});

test('the tag has an object of its own with the image’s layers and configuration', async () => {
  const image = randomImage([100, 200]);
  await pushAs('team/builder', 'team/layers:v1', image);
  const tag = await get<ImageStreamTag>('imagestreamtag layers:v1 -n team');
  assert.equal(tag.image.metadata.name, image.digest);
  assert.deepEqual(
    tag.image.dockerImageLayers?.map(({ size }) => size),
    [100, 200],
  );
  assert.equal(tag.image.dockerImageMetadata?.Architecture, 'amd64');
});

test('kubectl get shows the tables of oc', async () => {
  const streams = await cluster.kubectl('get is -n team');
  assert.match(streams, /^NAME +IMAGE REPOSITORY +TAGS +UPDATED$/m);
  assert.match(streams, /^app +127\.0\.0\.1:\d+\/team\/app +1\.0 +\S.* ago$/m);
  const all = await cluster.kubectl('get istag -A');
  assert.match(all, /^NAMESPACE +NAME +IMAGE REFERENCE +UPDATED$/m);
  assert.match(all, /^team +app:1\.0 +image-registry\S+\/team\/app@sha256:[0-9a-f]{64} +\S.* ago$/m);
});

test('discovery and explain know them', async () => {
  const resources = await cluster.kubectl('api-resources --api-group=image.openshift.io');
  assert.match(resources, /^imagestreams +is +image\.openshift\.io\/v1 +true +ImageStream$/m);
  assert.match(resources, /^imagestreamtags +istag +image\.openshift\.io\/v1 +true +ImageStreamTag$/m);
  const explained = await cluster.kubectl('explain imagestreams.status.tags.items.dockerImageReference');
  assert.match(explained, /The image by digest/);
});

test('without the permission to create the stream a push is refused; with the stream it is not', async () => {
  const refused = await pushAs('team/pusher', 'team/new:1');
  assert.equal(refused.status, 403);
  assert.match(refused.text, /team:pusher may not push team\/new: it needs \\"create\\" on imagestreams/);
  const stream =
    '{"apiVersion":"image.openshift.io/v1","kind":"ImageStream","metadata":{"name":"new","namespace":"team"}}';
  await cluster.kubectl('create -f -', stream);
  assert.equal((await pushAs('team/pusher', 'team/new:1')).status, 201);
});

test('a tag that moves keeps its history', async () => {
  const first = await pushAs('team/builder', 'team/moving:latest');
  const second = await pushAs('team/builder', 'team/moving:latest');
  const { status } = await get<ImageStream>('is moving -n team');
  assert.deepEqual(
    status?.tags?.[0]?.items.map(({ image }) => image),
    [second.digest, first.digest],
  );
  const tag = await get<ImageStreamTag>('istag moving:latest -n team');
  assert.equal(tag.image.metadata.name, second.digest);
});

test('deleting an image stream tag removes the tag in the registry, and only that', async () => {
  const image = randomImage([100]);
  await pushAs('team/builder', 'team/two:a', image);
  await pushAs('team/builder', 'team/two:b', image);
  await cluster.kubectl('delete istag two:a -n team --as=system:serviceaccount:team:edit');
  assert.deepEqual(await tags('team/two'), ['b']);
  await eventually(
    async () => (await get<ImageStream>('is two -n team')).status?.tags?.map(({ tag }) => tag).join() === 'b',
    { what: 'the stream to forget the tag' },
  );
});

test('a dry run deletes nothing', async () => {
  await pushAs('team/builder', 'team/dry:a');
  await cluster.kubectl('delete istag dry:a -n team --dry-run=server');
  assert.deepEqual(await tags('team/dry'), ['a']);
});

test('deletes in the registry update the stream', async () => {
  const image = randomImage([100]);
  for (const tag of ['a', 'b', 'c']) await pushAs('team/builder', `team/less:${tag}`, image);
  assert.equal(await request('DELETE', 'team/less/manifests/a'), 202);
  const shown = async (): Promise<string> =>
    (await get<ImageStream>('is less -n team')).status?.tags?.map(({ tag }) => tag).join() ?? '';
  assert.equal(await shown(), 'b,c');
  assert.equal((await cluster.tryKubectl('get istag less:a -n team')).code, 1);
  assert.equal(await request('DELETE', `team/less/manifests/${image.digest}`), 202);
  assert.equal(await shown(), '');
});

test('deleting an image stream removes its images, and a push makes it anew', async () => {
  const image = randomImage([100]);
  await pushAs('team/builder', 'team/gone:1', image);
  await cluster.kubectl('delete is gone -n team');
  assert.equal(await request('GET', `team/gone/manifests/${image.digest}`), 404);
  await eventually(async () => (await cluster.tryKubectl('get istag gone:1 -n team')).code === 1, {
    what: 'the tag to go',
  });
  assert.equal((await pushAs('team/builder', 'team/gone:1', image)).status, 201);
  assert.equal((await get<ImageStreamTag>('istag gone:1 -n team')).image.metadata.name, image.digest);
});

test('tags are made by pushing only', async () => {
  const tag =
    '{"apiVersion":"image.openshift.io/v1","kind":"ImageStreamTag","metadata":{"name":"app:x","namespace":"team"}}';
  const { stderr } = await cluster.tryKubectl('create -f -', tag);
  assert.match(stderr, /a tag appears when an image is pushed to it/);
});

test('no stream for a nested repository, a mirror, or a namespace that is not there', async () => {
  const admin = await cluster.kubectl('config view --raw -o jsonpath={.users[0].user.token}');
  for (const name of ['team/a/b:1', 'nowhere/app:1', 'docker.io/library/test:1']) {
    assert.equal((await push(cluster.plane.registry, name, admin)).status, 201, name);
  }
  const streams = await cluster.kubectl('get is -A -o name');
  assert.doesNotMatch(streams, /\/(a|b|library|test)$/m);
  await cluster.kubectl('create namespace nowhere');
  await eventually(async () => (await cluster.kubectl('get is -n nowhere -o name')) !== '', {
    what: 'the stream of what was pushed before its namespace was made',
  });
});

test('with its namespace go the images, the nested ones, too', async () => {
  await cluster.namespace('brief');
  await pushAs('brief/builder', 'brief/app:1');
  await pushAs('brief/builder', 'brief/app/cache:1');
  await cluster.kubectl('delete namespace brief');
  const admin = await cluster.kubectl('config view --raw -o jsonpath={.users[0].user.token}');
  const headers = { authorization: `Bearer ${admin}` };
  await eventually(
    async () => {
      const answer = await fetch(`http://${cluster.plane.registry}/v2/_catalog`, { headers });
      return !(await answer.text()).includes('brief/');
    },
    { what: 'the repositories to go' },
  );
});

test('twenty pushes at once to one stream are all shown', async () => {
  const token = await cluster.token('team/builder');
  const names = Array.from({ length: 20 }, (_, index) => `t${index}`);
  const pushed = await Promise.all(
    names.map((tag) => push(cluster.plane.registry, `team/many:${tag}`, token)),
  );
  assert.deepEqual(new Set(pushed.map(({ status }) => status)), new Set([201]));
  const { status } = await get<ImageStream>('is many -n team');
  assert.deepEqual(status?.tags?.map(({ tag }) => tag).sort(), names.sort());
  assert.match(await cluster.kubectl('get is many -n team'), /t\d+,t\d+,t\d+ \+ 17 more\.\.\./);
});

test('a quota of the namespace is kept, and a wrong one is refused', async () => {
  await cluster.namespace('small');
  const wrong = await cluster.tryKubectl('annotate namespace small slipway.dev/registry-quota=much');
  assert.match(wrong.stderr, /must be an amount of bytes, like 500Mi or 10Gi/);
  await cluster.kubectl('annotate namespace small slipway.dev/registry-quota=20Ki');
  assert.equal((await pushAs('small/builder', 'small/app:1', randomImage([10_000]))).status, 201);
  const { status, text } = await pushAs('small/builder', 'small/app:2', randomImage([15_000]));
  assert.equal(status, 403);
  assert.match(text, /quota leaves room for \d+ bytes/);
  assert.equal((await pushAs('team/builder', 'team/large:1', randomImage([15_000]))).status, 201);
  await cluster.kubectl('annotate namespace small --overwrite slipway.dev/registry-quota=1Mi');
  assert.equal((await pushAs('small/builder', 'small/app:2', randomImage([15_000]))).status, 201);
});

test('after a restart the streams have the new address, and nothing else changed', async () => {
  const before_ = await get<ImageStream>('is app -n team');
  await cluster.restart();
  const after_ = await get<ImageStream>('is app -n team');
  assert.equal(after_.status?.publicDockerImageRepository, `${cluster.plane.registry}/team/app`);
  assert.deepEqual(after_.status?.tags, before_.status?.tags);
  assert.equal(after_.metadata.uid, before_.metadata.uid);
});

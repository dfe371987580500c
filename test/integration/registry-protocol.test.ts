// The cases of the OCI conformance suite that registries get wrong, so that CI guards them without the suite.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { digestOf, mediaTypes } from '@slipway/oci';
import {
  expectStatus,
  pushBlob,
  pushImage,
  pushManifest,
  randomImage,
  type TestImage,
} from './registry/image.ts';
import { startRegistry, type TestRegistry } from './registry/in-process.ts';

let registry: TestRegistry;
let v2: string;

before(async () => {
  registry = await startRegistry();
  v2 = `${registry.base}/v2`;
});

after(() => registry?.[Symbol.asyncDispose]());

interface ErrorBody {
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

async function expectError(status: number, code: string, pending: Promise<Response>): Promise<Response> {
  const response = await pending;
  const { errors } = (await response.json()) as ErrorBody;
  assert.deepEqual([response.status, errors[0]?.code], [status, code], errors[0]?.message);
  assert.match(response.headers.get('content-type')!, /^application\/json/);
  return response;
}

async function begin(repository: string, query = ''): Promise<string> {
  const response = await expectStatus(
    202,
    fetch(`${v2}/${repository}/blobs/uploads/${query}`, { method: 'POST' }),
  );
  return registry.base + response.headers.get('location');
}

for (const algorithm of ['sha256', 'sha512'] as const) {
  test(`${algorithm}: a blob in one POST, in POST and PUT, in chunks, as a stream`, async () => {
    const ways: Record<string, (bytes: Buffer, digest: string) => Promise<Response>> = {
      post: (body, digest) => fetch(`${v2}/a/b/blobs/uploads/?digest=${digest}`, { method: 'POST', body }),
      put: async (body, digest) => fetch(`${await begin('a/b')}?digest=${digest}`, { method: 'PUT', body }),
      chunks: async (body, digest) => {
        const location = await begin('a/b', `?digest-algorithm=${algorithm}`);
        const headers = { 'content-range': '0-399' };
        await expectStatus(202, fetch(location, { method: 'PATCH', headers, body: body.subarray(0, 400) }));
        const last = { 'content-range': '400-999' };
        return fetch(`${location}?digest=${digest}`, {
          method: 'PUT',
          headers: last,
          body: body.subarray(400),
        });
      },
      stream: async (body, digest) => {
        const location = await begin('a/b');
        const stream = new Blob([new Uint8Array(body)]).stream();
        await expectStatus(
          202,
          fetch(location, { method: 'PATCH', body: stream, duplex: 'half' } as RequestInit),
        );
        return fetch(`${location}?digest=${digest}`, { method: 'PUT' });
      },
    };
    for (const [way, push] of Object.entries(ways)) {
      const bytes = randomBytes(1000);
      const digest = digestOf(bytes, algorithm);
      const created = await expectStatus(201, push(bytes, digest));
      assert.equal(created.headers.get('docker-content-digest'), digest, way);
      const got = await expectStatus(200, fetch(registry.base + created.headers.get('location')));
      assert.deepEqual(Buffer.from(await got.arrayBuffer()), bytes, way);
    }
  });
}

test('a chunk out of order is a 416 that says where to go on', async () => {
  const location = await begin('a/order');
  const patch = (range: string, size: number): Promise<Response> =>
    fetch(location, { method: 'PATCH', headers: { 'content-range': range }, body: Buffer.alloc(size, 1) });
  await expectError(416, 'RANGE_INVALID', patch('10-19', 10));
  const accepted = await expectStatus(202, patch('0-9', 10));
  assert.equal(accepted.headers.get('range'), '0-9');
  for (const wrong of ['0-9', '5-14', '11-20']) {
    const refused = await expectError(416, 'RANGE_INVALID', patch(wrong, 10));
    assert.equal(refused.headers.get('range'), '0-9');
    assert.equal(registry.base + refused.headers.get('location'), location);
  }
  await expectError(400, 'SIZE_INVALID', patch('10-19', 5));
  await expectError(400, 'BLOB_UPLOAD_INVALID', patch('19-10', 10));
  await expectStatus(202, patch('10-19', 10));
  const body = Buffer.alloc(20, 1);
  await expectStatus(201, fetch(`${location}?digest=${digestOf(body)}`, { method: 'PUT' }));
  await expectError(404, 'BLOB_UPLOAD_UNKNOWN', fetch(location));
});

test('an upload is cancelled, is of one repository, and needs a digest at its end', async () => {
  const location = await begin('a/cancel');
  await expectError(404, 'BLOB_UPLOAD_UNKNOWN', fetch(location.replace('/a/cancel/', '/a/other/')));
  await expectError(400, 'DIGEST_INVALID', fetch(location, { method: 'PUT' }));
  await expectStatus(204, fetch(location, { method: 'DELETE' }));
  await expectError(404, 'BLOB_UPLOAD_UNKNOWN', fetch(location, { method: 'PATCH', body: 'x' }));
});

test('more uploads at once than there are open files for them all finish', async () => {
  const bodies = Array.from({ length: 300 }, () => randomBytes(20));
  const locations = await Promise.all(bodies.map(() => begin('a/crowd')));
  const patch = (location: string, body: Buffer): Promise<Response> =>
    fetch(location, { method: 'PATCH', body });
  await Promise.all(
    locations.map((url, index) => expectStatus(202, patch(url, bodies[index]!.subarray(0, 10)))),
  );
  const finish = (url: string, body: Buffer): Promise<Response> =>
    fetch(`${url}?digest=${digestOf(body)}`, { method: 'PUT', body: body.subarray(10) });
  await Promise.all(locations.map((url, index) => expectStatus(201, finish(url, bodies[index]!))));
});

test('a blob is mounted from a repository, from any one, and from none where there is none', async () => {
  const digest = await pushBlob(registry.base, 'a/source', randomBytes(100));
  const mount = (query: string): Promise<Response> =>
    fetch(`${v2}/a/target/blobs/uploads/?${query}`, { method: 'POST' });
  await expectError(404, 'BLOB_UNKNOWN', fetch(`${v2}/a/target/blobs/${digest}`));
  await expectStatus(202, mount(`mount=${digest}&from=a/nowhere`));
  await expectStatus(201, mount(`mount=${digest}&from=a/source`));
  await expectStatus(200, fetch(`${v2}/a/target/blobs/${digest}`));
  await expectStatus(202, fetch(`${v2}/a/target/blobs/${digest}`, { method: 'DELETE' }));
  await expectStatus(201, mount(`mount=${digest}`));
  await expectStatus(202, mount(`mount=${digestOf('nothing')}`));
});

const ranges: [header: string, status: number, from?: number, to?: number][] = [
  ['bytes=0-0', 206, 0, 0],
  ['bytes=10-19', 206, 10, 19],
  ['bytes=90-', 206, 90, 99],
  ['bytes=-5', 206, 95, 99],
  ['bytes=-500', 206, 0, 99],
  ['bytes=95-200', 206, 95, 99],
  ['bytes=100-', 416],
  ['bytes=9-5', 416],
  ['bytes=-0', 416],
  ['bytes=0-1,5-6', 200],
  ['lines=1-2', 200],
];
for (const [header, status, from, to] of ranges) {
  test(`Range ${header} of 100 bytes is a ${status}`, async () => {
    const bytes = Buffer.from(Array.from({ length: 100 }, (_, index) => index));
    const digest = await pushBlob(registry.base, 'a/ranges', bytes);
    const response = await fetch(`${v2}/a/ranges/blobs/${digest}`, { headers: { range: header } });
    assert.equal(response.status, status);
    if (from === undefined || to === undefined) return;
    assert.equal(response.headers.get('content-range'), `bytes ${from}-${to}/100`);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes.subarray(from, to + 1));
  });
}

test('an empty blob can be pushed and pulled', async () => {
  const digest = await pushBlob(registry.base, 'a/empty', Buffer.alloc(0));
  const response = await expectStatus(200, fetch(`${v2}/a/empty/blobs/${digest}`));
  assert.equal(response.headers.get('content-length'), '0');
});

test('tags come sorted, in pages with a Link to the next', async () => {
  const image = randomImage([10]);
  for (const tag of ['c', 'a', 'B', 'd', '_x']) await pushImage(registry.base, 'a/tags', tag, image);
  const list = async (query: string): Promise<[string[], string | null]> => {
    const response = await expectStatus(200, fetch(`${v2}/a/tags/tags/list${query}`));
    return [((await response.json()) as { tags: string[] }).tags, response.headers.get('link')];
  };
  assert.deepEqual(await list(''), [['B', '_x', 'a', 'c', 'd'], null]);
  assert.deepEqual(await list('?n=2'), [['B', '_x'], '</v2/a/tags/tags/list?n=2&last=_x>; rel="next"']);
  assert.deepEqual(await list('?n=2&last=_x'), [['a', 'c'], '</v2/a/tags/tags/list?n=2&last=c>; rel="next"']);
  assert.deepEqual(await list('?n=2&last=c'), [['d'], null]);
  assert.deepEqual(await list('?n=0'), [[], null]);
  assert.deepEqual(await list('?last=b'), [['c', 'd'], null]);
  await expectError(404, 'NAME_UNKNOWN', fetch(`${v2}/a/unknown/tags/list`));
});

test('the catalog lists repositories that hold an image, in pages', async () => {
  await using own = await startRegistry();
  for (const name of ['x/b', 'x/a', 'y']) await pushImage(own.base, name, 'v1', randomImage([1]));
  await pushBlob(own.base, 'x/only-a-blob', Buffer.from('x'));
  const list = async (query: string): Promise<unknown> =>
    (await fetch(`${own.base}/v2/_catalog${query}`)).json();
  assert.deepEqual(await list(''), { repositories: ['x/a', 'x/b', 'y'] });
  assert.deepEqual(await list('?n=1&last=x/a'), { repositories: ['x/b'] });
});

const artifact = (subject: TestImage, artifactType: string | undefined, note: string): Buffer => {
  const config = Buffer.from('{}');
  const empty = { mediaType: mediaTypes.ociEmpty, digest: digestOf(config), size: 2 };
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType,
      config: artifactType === undefined ? { ...empty, mediaType: 'application/vnd.example.config' } : empty,
      layers: [empty],
      subject: { mediaType: mediaTypes.ociManifest, digest: subject.digest, size: subject.manifest.length },
      annotations: { note },
    }),
  );
};

test('what refers to a manifest is listed before and after its subject comes, by type, until it is deleted', async () => {
  const subject = randomImage([10]);
  const list = async (query = ''): Promise<{ types: unknown[]; filters: string | null }> => {
    const response = await expectStatus(200, fetch(`${v2}/a/subject/referrers/${subject.digest}${query}`));
    assert.equal(response.headers.get('content-type'), mediaTypes.ociIndex);
    const { manifests } = (await response.json()) as {
      manifests: { artifactType: string; annotations: { note: string } }[];
    };
    const types = manifests.map((entry) => `${entry.artifactType} ${entry.annotations.note}`).sort();
    return { types, filters: response.headers.get('oci-filters-applied') };
  };
  assert.deepEqual(await list(), { types: [], filters: null });
  await pushBlob(registry.base, 'a/subject', Buffer.from('{}'));
  const sbom = artifact(subject, 'application/sbom', 'one');
  const pushed = await pushManifest(registry.base, 'a/subject', digestOf(sbom), sbom);
  assert.equal(pushed.headers.get('oci-subject'), subject.digest);
  await pushImage(registry.base, 'a/subject', 'v1', subject);
  await pushManifest(registry.base, 'a/subject', 'tagged', artifact(subject, undefined, 'two'));
  const both = ['application/sbom one', 'application/vnd.example.config two'];
  assert.deepEqual(await list(), { types: both, filters: null });
  assert.deepEqual(await list('?artifactType=application/sbom'), {
    types: both.slice(0, 1),
    filters: 'artifactType',
  });
  await expectStatus(202, fetch(`${v2}/a/subject/manifests/${digestOf(sbom)}`, { method: 'DELETE' }));
  assert.deepEqual((await list()).types, both.slice(1));
});

test('many referrers come in pages', async () => {
  const subject = randomImage([10]);
  await pushBlob(registry.base, 'a/many', Buffer.from('{}'));
  for (let count = 0; count < 5; count++) {
    const bytes = artifact(subject, 'application/x', String(count));
    await pushManifest(registry.base, 'a/many', digestOf(bytes), bytes);
  }
  let url: string | undefined = `${v2}/a/many/referrers/${subject.digest}?n=2`;
  let seen = 0;
  for (let pages = 0; url !== undefined; pages++) {
    assert.ok(pages < 4);
    const response: Response = await expectStatus(200, fetch(url));
    seen += ((await response.json()) as { manifests: unknown[] }).manifests.length;
    const next = /<(.*)>/.exec(response.headers.get('link') ?? '')?.[1];
    url = next && registry.base + next;
  }
  assert.equal(seen, 5);
});

test('a manifest is answered as it was pushed, by tag and digest, to HEAD and to If-None-Match', async () => {
  const image = randomImage([10]);
  await pushImage(registry.base, 'a/exact', 'v1', image);
  for (const reference of ['v1', image.digest]) {
    const response = await expectStatus(200, fetch(`${v2}/a/exact/manifests/${reference}`));
    assert.equal(response.headers.get('content-type'), mediaTypes.ociManifest);
    assert.equal(response.headers.get('docker-content-digest'), image.digest);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), image.manifest);
  }
  const head = await expectStatus(200, fetch(`${v2}/a/exact/manifests/v1`, { method: 'HEAD' }));
  assert.equal(head.headers.get('content-length'), String(image.manifest.length));
  const headers = { 'if-none-match': `"${image.digest}"` };
  await expectStatus(304, fetch(`${v2}/a/exact/manifests/v1`, { headers }));
});

test('a manifest pushed by digest takes tags from the query (distribution-spec, end-7b)', async () => {
  const image = randomImage([10]);
  await pushImage(registry.base, 'a/params', image.digest, image);
  const pushed = await pushManifest(
    registry.base,
    'a/params',
    `${image.digest}?tag=1&tag=1.2`,
    image.manifest,
  );
  assert.equal(pushed.headers.get('oci-tag'), '1, 1.2');
  await expectStatus(200, fetch(`${v2}/a/params/manifests/1.2`));
  const bad = `${v2}/a/params/manifests/${image.digest}?tag=..`;
  const headers = { 'content-type': mediaTypes.ociManifest };
  await expectError(400, 'TAG_INVALID', fetch(bad, { method: 'PUT', headers, body: image.manifest }));
});

test('what is needed is not deleted: blobs of a manifest, manifests of an index', async () => {
  const image = randomImage([10]);
  await pushImage(registry.base, 'a/needed', 'v1', image);
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: image.digest, size: image.manifest.length };
  const index = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [descriptor] }),
  );
  await pushManifest(registry.base, 'a/needed', 'all', index, mediaTypes.ociIndex);
  const remove = (what: string): Promise<Response> => fetch(`${v2}/a/needed/${what}`, { method: 'DELETE' });
  await expectError(405, 'UNSUPPORTED', remove(`blobs/${image.blobs[1]!.digest}`));
  await expectError(405, 'UNSUPPORTED', remove(`manifests/${image.digest}`));
  await expectStatus(202, remove('manifests/v1'));
  await expectStatus(200, fetch(`${v2}/a/needed/manifests/${image.digest}`));
  await expectStatus(202, remove(`manifests/${digestOf(index)}`));
  await expectError(404, 'MANIFEST_UNKNOWN', fetch(`${v2}/a/needed/manifests/all`));
  await expectStatus(202, remove(`manifests/${image.digest}`));
  await expectStatus(202, remove(`blobs/${image.blobs[1]!.digest}`));
  await expectError(404, 'BLOB_UNKNOWN', remove(`blobs/${image.blobs[1]!.digest}`));
});

test('Docker schema 2, foreign layers and an index in an index are taken', async () => {
  const image = randomImage([10]);
  await pushImage(registry.base, 'a/kinds', 'v1', image);
  const oci = JSON.parse(image.manifest.toString());
  const foreign = {
    mediaType: mediaTypes.dockerLayerForeign,
    digest: digestOf('elsewhere'),
    size: 9,
    urls: ['https://x.example/y'],
  };
  const docker = { ...oci, mediaType: mediaTypes.dockerManifest, layers: [foreign, ...oci.layers] };
  const bytes = Buffer.from(JSON.stringify(docker));
  await pushManifest(registry.base, 'a/kinds', 'docker', bytes, mediaTypes.dockerManifest);
  const entry = { mediaType: mediaTypes.dockerManifest, digest: digestOf(bytes), size: bytes.length };
  const list = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.dockerManifestList, manifests: [entry] }),
  );
  await pushManifest(registry.base, 'a/kinds', 'list', list, mediaTypes.dockerManifestList);
  const inner = { mediaType: mediaTypes.dockerManifestList, digest: digestOf(list), size: list.length };
  const nested = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [inner] }),
  );
  await pushManifest(registry.base, 'a/kinds', 'nested', nested, mediaTypes.ociIndex);
});

test('a method that a path does not have is a 405 that names those it has', async () => {
  const response = await expectError(405, 'UNSUPPORTED', fetch(`${v2}/a/b/tags/list`, { method: 'DELETE' }));
  assert.equal(response.headers.get('allow'), 'GET');
  await expectError(404, 'UNSUPPORTED', fetch(`${registry.base}/v1/`));
  await expectStatus(200, fetch(`${v2}/`));
});

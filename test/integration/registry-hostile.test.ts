import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { digestOf, mediaTypes } from '@slipway/oci';
import fc from 'fast-check';
import { expectStatus, pullImage, pushBlob, pushImage, pushManifest, randomImage } from './registry/image.ts';
import { startRegistry, type TestRegistry } from './registry/in-process.ts';

const BATCH = 20;
const BATCHES = 520;
const ZEROS = `sha256:${'0'.repeat(64)}`;

let registry: TestRegistry;
const good = randomImage([1000]);

before(async () => {
  registry = await startRegistry({ limits: { uploadGraceMs: 200, uploadBytesPerSecond: 1000 } });
  await pushImage(registry.base, 'team/app', 'v1', good);
});

after(() => registry?.[Symbol.asyncDispose]());

/** Sends bytes as they are on a connection of their own; the status of the answer, undefined when there is none. */
function send(text: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(registry.port, '127.0.0.1', () => socket.end(Buffer.from(text, 'latin1')));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', (error) =>
      'code' in error && error.code === 'ECONNRESET' ? undefined : reject(error),
    );
    socket.on('close', () => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1];
      resolve(status === undefined ? undefined : Number(status));
    });
  });
}

const upload = (id: string): string => `/v2/team/app/blobs/uploads/${id}`;

const paths: [attack: string, target: string, statuses: number[]][] = [
  ['dots in the name', '/v2/../../etc/manifests/passwd', [400, 404]],
  ['encoded dots in the name', '/v2/%2e%2e/%2e%2e/etc/blobs/uploads/', [400]],
  ['encoded slash in the name', '/v2/team%2f..%2f..%2fapp/tags/list', [400, 404]],
  ['zero byte in the name', '/v2/team/app%00/tags/list', [400]],
  ['broken percent encoding', '/v2/team/%zz/tags/list', [400]],
  ['upper case in the name', '/v2/Team/app/tags/list', [400]],
  ['name of 300 characters', `/v2/${'a'.repeat(300)}/tags/list`, [400]],
  ['name that makes a pattern backtrack', `/v2/${'a-'.repeat(126)}!/tags/list`, [400]],
  ['path in the digest', '/v2/team/app/blobs/sha256:../../../../etc/passwd', [400, 404]],
  ['encoded path in the digest', '/v2/team/app/blobs/sha256:%2e%2e%2f%2e%2e%2fpasswd', [400, 404]],
  ['short digest', '/v2/team/app/blobs/sha256:abc', [400]],
  ['digest in upper case', `/v2/team/app/blobs/sha256:${'A'.repeat(64)}`, [400]],
  ['digest of an unknown algorithm', `/v2/team/app/blobs/md5:${'0'.repeat(32)}`, [400]],
  ['path in the upload id', upload('..%2f..%2f..%2fregistry%2fregistry.db'), [404]],
  ['dots as the upload id', upload('..'), [404]],
  ['upload id of another file', upload('tmp-1-1-00000000000000000000000000000000'), [404]],
  ['tag with a slash', '/v2/team/app/manifests/..%2f..%2fetc', [400, 404]],
  ['tag with a quote', "/v2/team/app/manifests/v1'%20OR%20'1'='1", [404]],
  ['negative page', '/v2/team/app/tags/list?n=-1', [400]],
  ['huge page', '/v2/team/app/tags/list?n=99999999999999999999', [400]],
  ['path of 10,000 characters', `/v2/${'a/'.repeat(5000)}tags/list`, [414]],
];

for (const [attack, target, statuses] of paths) {
  test(`path: ${attack}`, async () => {
    const status = await send(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.ok(statuses.includes(status ?? 0), `answered ${status}`);
  });
}

const descriptor = (digest: string, size: number): object => ({
  mediaType: mediaTypes.ociLayer,
  digest,
  size,
});
const manifestOf = (fields: object): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: {
      mediaType: mediaTypes.ociConfig,
      digest: good.blobs[0]!.digest,
      size: good.blobs[0]!.bytes.length,
    },
    layers: [],
    ...fields,
  });

const manifests: [attack: string, body: string, status: number, code: string][] = [
  ['not JSON', '{', 400, 'MANIFEST_INVALID'],
  ['no object', '[]', 400, 'MANIFEST_INVALID'],
  ['not UTF-8', '{"schemaVersion":2,"x":"\xff"}', 400, 'MANIFEST_INVALID'],
  [
    '100,000 levels deep',
    `{"schemaVersion":2,"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    400,
    'MANIFEST_INVALID',
  ],
  ['5 MB', manifestOf({ annotations: { a: 'x'.repeat(5_000_000) } }), 413, 'SIZE_INVALID'],
  ['10 MB', manifestOf({ annotations: { a: 'x'.repeat(10_000_000) } }), 413, 'SIZE_INVALID'],
  ['a blob that is not there', manifestOf({ layers: [descriptor(ZEROS, 1)] }), 404, 'MANIFEST_BLOB_UNKNOWN'],
  [
    'a size that is a lie',
    manifestOf({ layers: [descriptor(good.blobs[1]!.digest, 7)] }),
    400,
    'MANIFEST_INVALID',
  ],
  ['a negative size', manifestOf({ layers: [descriptor(ZEROS, -1)] }), 400, 'MANIFEST_INVALID'],
  ['a fractional size', manifestOf({ layers: [descriptor(ZEROS, 0.5)] }), 400, 'MANIFEST_INVALID'],
  ['a path as digest', manifestOf({ layers: [descriptor('../../x', 1)] }), 400, 'MANIFEST_INVALID'],
  ['layers and manifests at once (CVE-2021-41190)', manifestOf({ manifests: [] }), 400, 'MANIFEST_INVALID'],
  ['another type than its header', manifestOf({ mediaType: mediaTypes.ociIndex }), 400, 'MANIFEST_INVALID'],
  ['Docker schema 1', '{"schemaVersion":1,"name":"x","fsLayers":[]}', 400, 'MANIFEST_INVALID'],
  [
    'a prototype for annotations',
    manifestOf({ annotations: { __proto__: 1, constructor: 2 } }),
    400,
    'MANIFEST_INVALID',
  ],
];

for (const [attack, body, status, code] of manifests) {
  test(`manifest: ${attack}`, async () => {
    const url = `${registry.base}/v2/team/app/manifests/bad`;
    const headers = { 'content-type': mediaTypes.ociManifest };
    const response = await fetch(url, { method: 'PUT', headers, body: Buffer.from(body, 'latin1') });
    const { errors } = (await response.json()) as { errors: { code: string; message: string }[] };
    assert.ok(errors[0]);
    assert.deepEqual([response.status, errors[0].code], [status, code], errors[0].message);
    assert.equal((await fetch(url)).status, 404);
  });
}

test('annotations that nest do not break the referrers list', async () => {
  const subject = { mediaType: mediaTypes.ociManifest, digest: good.digest, size: good.manifest.length };
  const deep = Buffer.from(manifestOf({ subject, x: JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) }));
  await pushManifest(registry.base, 'team/app', 'deep', deep);
  const response = await fetch(`${registry.base}/v2/team/app/referrers/${good.digest}`);
  assert.equal(((await response.json()) as { manifests: unknown[] }).manifests.length, 1);
});

test('bytes that do not have the digest are refused and not kept', async () => {
  const bytes = Buffer.from('these are not the bytes');
  const wrong = digestOf('others');
  for (const begin of [`?digest=${wrong}`, '']) {
    const url = `${registry.base}/v2/team/app/blobs/uploads/`;
    let response = await fetch(url + begin, { method: 'POST', ...(begin && { body: bytes }) });
    if (begin === '') {
      const put = `${registry.base}${response.headers.get('location')}?digest=${wrong}`;
      response = await fetch(put, { method: 'PUT', body: bytes });
    }
    assert.equal(response.status, 400);
    assert.match(await response.text(), /"DIGEST_INVALID"/);
    assert.equal((await fetch(`${registry.base}/v2/team/app/blobs/${wrong}`)).status, 404);
  }
  assert.equal(await registry.store.stat(digestOf(bytes)), undefined);
});

test('an upload that trickles is cut off with 408', async () => {
  const begun = await expectStatus(202, fetch(`${registry.base}${upload('')}`, { method: 'POST' }));
  const head = `PATCH ${begun.headers.get('location')} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(registry.port, '127.0.0.1', () => socket.write(head));
    const drip = setInterval(() => socket.write('1\r\nx\r\n'), 20);
    socket.on('error', reject);
    socket.once('data', (chunk) => {
      clearInterval(drip);
      socket.destroy();
      resolve(chunk.toString());
    });
  });
  assert.match(answer, /^HTTP\/1\.1 408 /);
});

test('one request writes to an upload at a time', async () => {
  const begun = await expectStatus(202, fetch(`${registry.base}${upload('')}`, { method: 'POST' }));
  const location = begun.headers.get('location')!;
  const body = Buffer.alloc(200_000, 1);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => fetch(registry.base + location, { method: 'PATCH', body })),
  );
  const offset = Number((await fetch(registry.base + location)).headers.get('range')!.split('-')[1]) + 1;
  const written = answers.filter(({ status }) => status === 202).length;
  assert.equal(offset, written * body.length);
  assert.ok(answers.every(({ status }) => status === 202 || status === 409));
});

const word = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'v2',
      'team',
      'app',
      'blobs',
      'uploads',
      'manifests',
      'tags',
      'list',
      'referrers',
      '_catalog',
      'v1',
      'openshift',
      'token',
      '',
      '.',
      '..',
      '%2e%2e',
      '%00',
      '%ff',
      ZEROS,
      good.digest,
      'sha256:',
      'sha512:0',
      'docker.io',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 12, unit: 'binary-ascii' }).map(encodeSpaces) },
);
const query = fc.oneof(
  fc.constant(''),
  fc.constantFrom(
    '?n=1',
    '?n=0',
    '?n=x',
    '?last=v',
    '?digest=x',
    `?digest=${ZEROS}`,
    `?mount=${good.digest}`,
    `?mount=${ZEROS}&from=..`,
    '?mount=x&from=team/app',
    '?digest-algorithm=md5',
    '?artifactType=%27',
    '?tag=a&tag=..',
    '?%',
    '?n=1&n=2',
  ),
  fc.string({ maxLength: 20, unit: 'binary-ascii' }).map((text) => `?${encodeSpaces(text)}`),
);
const header = fc.oneof(
  fc.constantFrom(
    'Range: bytes=0-0',
    'Range: bytes=-5',
    'Range: bytes=9-1',
    'Range: bytes=99999999999999999999-',
    'Content-Range: 0-4',
    'Content-Range: 5-1',
    'Content-Range: x',
    'Content-Type: application/json',
    `Content-Type: ${mediaTypes.ociManifest}`,
    'Authorization: Basic !!!',
    'Authorization: Bearer x',
    'Authorization: x',
    'If-None-Match: *',
    'Accept: */*',
    'Expect: 100-continue',
    'Host: [',
    'Transfer-Encoding: gzip',
    'Content-Length: -1',
    'Content-Length: 99',
  ),
  fc.string({ maxLength: 30, unit: 'binary-ascii' }).map((text) => `X-Fuzz: ${text.replace(/[\r\n]/g, '')}`),
);
/** Paths that a handler is behind, with something odd at the end. */
const structured = fc
  .tuple(
    fc.constantFrom('team/app', 'team/new', 'docker.io/library/x', 'one'),
    fc.constantFrom('blobs', 'blobs/uploads', 'manifests', 'referrers', 'tags'),
    word,
  )
  .map((parts) => ['v2', ...parts]);
const request = fc
  .record({
    method: fc.constantFrom(
      'GET',
      'HEAD',
      'PUT',
      'POST',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'TRACE',
      'CONNECT',
      'FOO',
    ),
    path: fc.oneof(structured, fc.array(word, { maxLength: 7 })).map((words) => `/${words.join('/')}`),
    query,
    headers: fc.array(header, { maxLength: 3 }),
    body: fc.constantFrom('', '', '{}', 'hello', '{"schemaVersion":2}', '\0\xff'),
  })
  .map(({ method, path, query: search, headers, body }) => {
    const lines = [`${method} ${path}${search} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers];
    if (!headers.some((line) => /^(content-length|transfer-encoding)/i.test(line))) {
      lines.push(`Content-Length: ${body.length}`);
    }
    return `${lines.join('\r\n')}\r\n\r\n${body}`;
  });

/** A request line is split at spaces; what else is odd in it is the point. */
function encodeSpaces(text: string): string {
  return text.replace(/[\s]/g, '%20');
}

test(`${BATCH * BATCHES} requests of noise: an answer below 500 to each, and the registry is as before`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: BATCH, maxLength: BATCH }), async (requests) => {
      const statuses = await Promise.all(requests.map(send));
      for (const [index, status] of statuses.entries()) {
        // CONNECT and a request cut short may be closed without a word.
        assert.ok((status ?? 400) < 500, `${status} to ${JSON.stringify(requests[index])}`);
      }
    }),
    { numRuns: BATCHES },
  );
  await pushBlob(registry.base, 'team/after', Buffer.from('still alive'));
  // Some of the noise may have been a valid DELETE.
  await pushImage(registry.base, 'team/app', 'v1', good);
});

test('nothing was written outside the store, and the store is sound', async () => {
  assert.deepEqual((await readdir(registry.folder.path)).sort(), ['content', 'registry']);
  assert.deepEqual((await readdir(registry.folder.join('content'))).sort(), ['blobs', 'ingest']);
  const files = await readdir(registry.folder.join('content/blobs/sha256'));
  assert.ok(files.every((name) => /^[0-9a-f]{64}$/.test(name)));
  assert.equal(await pullImage(registry.base, 'team/app', good.digest), good.digest);
  assert.deepEqual((await registry.service.fsck({ deep: true })).problems, []);
});

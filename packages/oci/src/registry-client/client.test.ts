// Failures that a well-behaved registry cannot be made to show; what one does right is in test/integration/registry-client.test.ts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { selfSignedCertificate, temporaryFolder } from '@slipway/testkit';
import { digestOf } from '../digest.ts';
import { fetchBlob } from '../fetch-blob.ts';
import { mediaTypes } from '../media-types.ts';
import { parseReference, type Reference } from '../reference.ts';
import { ContentStore } from '../store/content-store.ts';
import { RegistryClient, type RegistryClientOptions } from './client.ts';

const instant = { now: () => new Date(), sleep: async () => {} };
const CONTENT = Buffer.alloc(200_000, 'content ');
const DIGEST = digestOf(CONTENT);
const descriptor = { mediaType: mediaTypes.ociLayer, digest: DIGEST, size: CONTENT.length };
const credentials = { get: async () => ({ username: 'me', password: 's3cret' }) };

/** A server of this test's own making, its client, and a reference to it. */
async function serve(
  server: Server,
  options: RegistryClientOptions = {},
): Promise<AsyncDisposable & { client: RegistryClient; ref: Reference; host: string }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new RegistryClient({ clock: instant, ...options });
  const dispose = async (): Promise<void> => {
    client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { client, host, ref: parseReference(`${host}/team/app:1`), [Symbol.asyncDispose]: dispose };
}

/** A server that greets every client and leaves the rest to `listener`. */
const registry = (listener: RequestListener): Server =>
  createServer((request, response) => {
    if (request.url === '/v2/') response.end();
    else listener(request, response);
  });

test('a request that fails for a moment is sent again', async () => {
  let asked = 0;
  const answers = [503, 429, 200];
  await using server = await serve(
    registry((_, response) => {
      response.statusCode = answers[asked++] ?? 500;
      response.end('{}');
    }),
  );
  assert.equal((await server.client.getManifest(server.ref)).bytes.toString(), '{}');
  assert.equal(asked, 3);
});

test("a refusal is not asked again, and has the registry's own words", async () => {
  let asked = 0;
  await using server = await serve(
    registry((_, response) => {
      asked += 1;
      response.statusCode = 403;
      response.end(
        JSON.stringify({ errors: [{ code: 'DENIED', message: 'needs "update" on imagestreams' }] }),
      );
    }),
  );
  await assert.rejects(server.client.putManifest(server.ref, Buffer.from('{}'), mediaTypes.ociManifest), {
    kind: 'denied',
    code: 'REGISTRY_DENIED',
    message: /answered 403 to PUT \/v2\/team\/app\/manifests\/1: DENIED: needs "update" on imagestreams/,
  });
  assert.equal(asked, 1);
});

test('a download that breaks is taken up where it broke', async () => {
  const ranges: (string | undefined)[] = [];
  await using server = await serve(
    registry((request, response) => {
      ranges.push(request.headers.range);
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, { 'content-length': CONTENT.length - start });
      if (ranges.length === 3) return void response.end(CONTENT.subarray(start));
      response.write(CONTENT.subarray(start, start + 50_000), () => response.destroy());
    }),
  );
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  assert.equal(await fetchBlob({ ...server, store, descriptor }), CONTENT.length);
  assert.deepEqual(await store.read(DIGEST), CONTENT);
  assert.equal(ranges.length, 3);
  assert.equal(ranges[0], undefined);
  assert.match(ranges[2] ?? '', /^bytes=[1-9]\d*-$/);
});

test('a registry that ignores ranges sends what broke off once more, and it is put together right', async () => {
  let asked = 0;
  await using server = await serve(
    registry((_, response) => {
      asked += 1;
      response.writeHead(200, { 'content-length': CONTENT.length });
      if (asked > 1) return void response.end(CONTENT);
      response.write(CONTENT.subarray(0, 70_000), () => response.destroy());
    }),
  );
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  assert.equal(await fetchBlob({ ...server, store, descriptor }), CONTENT.length);
  assert.deepEqual(await store.read(DIGEST), CONTENT);
});

const lies: [what: string, body: Buffer, code: string][] = [
  ['other bytes', Buffer.alloc(CONTENT.length, 'x'), 'DIGEST_MISMATCH'],
  ['more bytes', Buffer.concat([CONTENT, CONTENT]), 'SIZE_MISMATCH'],
  ['fewer bytes', CONTENT.subarray(0, 1000), 'SIZE_MISMATCH'],
];

for (const [what, body, code] of lies) {
  test(`a blob of ${what} than promised is refused, and nothing of it is kept`, async () => {
    // It ignores ranges too: a client that asks for the rest must not take the start for it.
    await using server = await serve(registry((_, response) => void response.end(body)));
    using folder = temporaryFolder();
    const store = await ContentStore.open(folder.path);
    await assert.rejects(fetchBlob({ ...server, store, descriptor }), { code });
    assert.equal(await store.stat(DIGEST), undefined);
  });
}

test('a manifest that is not what its digest says is refused', async () => {
  await using server = await serve(registry((_, response) => void response.end('{"other":true}')));
  await assert.rejects(server.client.getManifest({ ...server.ref, digest: DIGEST }), {
    code: 'DIGEST_MISMATCH',
  });
});

test('a token is fetched once for a scope, and again when the registry does not take it any more', async () => {
  const tokens: string[] = [];
  let valid = '';
  const server = await serve(
    createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://registry');
      if (url.pathname === '/token') {
        assert.equal(request.headers.authorization, `Basic ${Buffer.from('me:s3cret').toString('base64')}`);
        tokens.push(`${url.searchParams.get('service')} ${url.searchParams.getAll('scope').join(' ')}`);
        valid = `token-${tokens.length}`;
        return void response.end(JSON.stringify({ token: valid, expires_in: 300 }));
      }
      if (valid !== '' && request.headers.authorization === `Bearer ${valid}`) return void response.end('{}');
      const realm = `Bearer realm="http://${request.headers.host}/token",service="here"`;
      response.writeHead(401, { 'www-authenticate': realm }).end();
    }),
    { credentials },
  );
  await using _ = server;
  await server.client.getManifest(server.ref);
  await server.client.getManifest(server.ref);
  assert.deepEqual(tokens, ['here repository:team/app:pull']);
  valid = 'revoked';
  await server.client.getManifest(server.ref);
  assert.equal(tokens.length, 2);
});

test('a password is not sent in clear to wherever a registry says', async () => {
  const challenge = { 'www-authenticate': 'Bearer realm="http://attacker.example/token"' };
  await using server = await serve(
    createServer((_, response) => void response.writeHead(401, challenge).end()),
    { credentials },
  );
  await assert.rejects(server.client.ping(server.host), { code: 'REGISTRY_TOKEN', kind: 'unauthenticated' });
});

test('credentials are not sent on to the host of a redirect', async () => {
  const seen: (string | undefined)[] = [];
  const storage = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end(CONTENT);
  });
  await using other = await serve(storage);
  const basic = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.headers.authorization === undefined)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' });
    else if (request.url !== '/v2/') response.writeHead(307, { location: `http://${other.host}/blob` });
    response.end();
  };
  await using server = await serve(createServer(basic), { credentials });
  const blob = await server.client.openBlob(server.ref, DIGEST);
  assert.equal(Buffer.concat(await blob.toArray()).length, CONTENT.length);
  assert.deepEqual(seen, [undefined]);
});

test('a redirect without end is ended', async () => {
  await using server = await serve(
    registry((request, response) => void response.writeHead(302, { location: request.url }).end()),
  );
  await assert.rejects(server.client.openBlob(server.ref, DIGEST), { code: 'REGISTRY_REDIRECT' });
});

test('an upload whose connection breaks is begun anew', async () => {
  let uploads = 0;
  await using server = await serve(
    registry((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(404).end();
      if (request.method === 'POST')
        return void response.writeHead(202, { location: `/upload/${++uploads}` }).end();
      if (uploads < 3) return void request.once('data', () => request.destroy());
      request.resume().on('end', () => response.writeHead(201).end());
    }),
  );
  const info = { digest: DIGEST, size: CONTENT.length };
  assert.equal(await server.client.pushBlob(server.ref, info, () => Readable.from([CONTENT])), 'uploaded');
  assert.equal(uploads, 3);
});

test('an upload that is refused before it is read shows the refusal', async () => {
  await using server = await serve(
    registry((request, response) => {
      if (request.method === 'HEAD') response.writeHead(404).end();
      else if (request.method === 'POST') response.writeHead(202, { location: '/upload' }).end();
      else
        response
          .writeHead(413, { connection: 'close' })
          .end('{"errors":[{"code":"TOOBIG","message":"quota"}]}');
    }),
  );
  const chunk = Buffer.alloc(1 << 20);
  const info = { digest: DIGEST, size: 200 * chunk.length };
  const open = (): Readable => Readable.from(Array.from({ length: 200 }, () => chunk));
  await assert.rejects(server.client.pushBlob(server.ref, info, open), {
    code: 'REGISTRY_FULL',
    message: /quota/,
  });
});

test('a registry that accepts connections and says nothing is unavailable', async () => {
  await using server = await serve(createTcpServer(), { timeoutMs: 100 });
  await assert.rejects(server.client.ping(server.host), { code: 'REGISTRY_TIMEOUT', kind: 'unavailable' });
});

test('an abort ends a call at once', async () => {
  await using server = await serve(createTcpServer());
  const signal = AbortSignal.timeout(50);
  await assert.rejects(server.client.ping(server.host, { signal }), { name: 'TimeoutError' });
});

test('TLS on loopback is used when there is no plain HTTP, and its certificate is checked', async () => {
  const certificate = await selfSignedCertificate();
  const listen = (): Server => createTlsServer(certificate, (_, response) => void response.end('{}'));
  await using trusted = await serve(listen(), { ca: certificate.cert });
  await trusted.client.ping(trusted.host);
  await using insecure = await serve(listen(), { insecure: () => true });
  await insecure.client.ping(insecure.host);
  await using strange = await serve(listen());
  await assert.rejects(strange.client.ping(strange.host), {
    kind: 'unavailable',
    code: 'REGISTRY_CERTIFICATE',
  });
});

test('a registry that is overloaded when it is greeted is asked again, and its refusal is what is told', async () => {
  let greetings = 0;
  await using busy = await serve(
    createServer((_, response) => {
      greetings += 1;
      if (greetings < 3) response.writeHead(greetings === 1 ? 429 : 503, { 'retry-after': '1' });
      response.end('{}');
    }),
  );
  await busy.client.ping(busy.host);
  assert.equal(greetings, 4, 'two refusals, the greeting and the ping');
  await using down = await serve(createServer((_, response) => void response.writeHead(503).end()));
  await assert.rejects(down.client.ping(down.host), { message: /503/ });
});

test('an authority of certs.d is trusted for its registry only', async () => {
  using folder = temporaryFolder('slipway-certs-');
  const certificate = await selfSignedCertificate();
  const listen = (): Server => createTlsServer(certificate, (_, response) => void response.end('{}'));
  await using known = await serve(listen());
  await using other = await serve(listen());
  const { XDG_CONFIG_HOME } = process.env;
  process.env.XDG_CONFIG_HOME = folder.path;
  try {
    const certs = folder.join('docker/certs.d', known.host);
    mkdirSync(certs, { recursive: true });
    writeFileSync(join(certs, 'ca.crt'), certificate.cert);
    await known.client.ping(known.host);
    await assert.rejects(other.client.ping(other.host), { code: 'REGISTRY_CERTIFICATE', hint: /certs\.d/ });
  } finally {
    if (XDG_CONFIG_HOME === undefined) delete process.env.XDG_CONFIG_HOME;
    else process.env.XDG_CONFIG_HOME = XDG_CONFIG_HOME;
  }
});

test('nobody listening is said in plain words', async () => {
  const server = await serve(createTcpServer());
  await server[Symbol.asyncDispose]();
  await assert.rejects(server.client.ping(server.host), {
    code: 'REGISTRY_UNAVAILABLE',
    message: /refused the connection/,
  });
});

import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { after, test } from 'node:test';
import { selfSignedCertificate } from '@slipway/testkit';
import type { KubeObject } from '../objects/metadata.ts';
import { resources } from '../resources.ts';
import { isStatus, StatusError } from '../status-error.ts';
import { HttpKubeClient } from './http-client.ts';

const { configmaps, pods, serviceaccounts, namespaces } = resources;
const open: (() => unknown)[] = [];
after(() => Promise.all(open.map((close) => close())));

async function listen(server: Server & { closeAllConnections(): void }): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: unknown;
}

/** A client of a server that answers every request this way, and what the server has seen. */
async function serve(
  answer: (response: ServerResponse, seen: Seen) => void,
  options: { token?: string | (() => Promise<string>); timeoutMs?: number } = {},
): Promise<{ client: HttpKubeClient; seen: Seen[]; server: Server }> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers, body: text === '' ? undefined : JSON.parse(text) });
    answer(response, seen.at(-1)!);
  });
  const client = new HttpKubeClient({ server: `http://127.0.0.1:${await listen(server)}`, ...options });
  open.push(() => client.close());
  return { client, seen, server };
}

function json(value: unknown, code = 200): (response: ServerResponse) => void {
  return (response) =>
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a/b', namespace: 'n' } };

type Call = (client: HttpKubeClient) => Promise<unknown>;

const requests: [
  title: string,
  call: Call,
  want: [method: string, url: string, type?: string, body?: unknown],
][] = [
  ['get', (c) => c.get(configmaps, 'a/b', 'n'), ['GET', '/api/v1/namespaces/n/configmaps/a%2Fb']],
  ['get of the cluster', (c) => c.get(namespaces, 'n'), ['GET', '/api/v1/namespaces/n']],
  ['list everywhere', (c) => c.list(resources.tasks), ['GET', '/apis/tekton.dev/v1/tasks']],
  [
    'list with selectors',
    (c) => c.list(pods, { namespace: 'n', labelSelector: 'a=b', fieldSelector: 'x!=y', limit: 5 }),
    ['GET', '/api/v1/namespaces/n/pods?labelSelector=a%3Db&fieldSelector=x%21%3Dy&limit=5'],
  ],
  [
    'create',
    (c) => c.create(configmaps, object, { dryRun: true }),
    ['POST', '/api/v1/namespaces/n/configmaps?fieldManager=slipway&dryRun=All', 'application/json', object],
  ],
  [
    'create of a subresource',
    (c) =>
      c.create(serviceaccounts, object, {
        subresource: 'token',
        name: 'sa',
        namespace: 'm',
        fieldManager: 'f',
      }),
    ['POST', '/api/v1/namespaces/m/serviceaccounts/sa/token?fieldManager=f', 'application/json', object],
  ],
  [
    'update of the status',
    (c) => c.update(configmaps, object, { subresource: 'status' }),
    ['PUT', '/api/v1/namespaces/n/configmaps/a%2Fb/status?fieldManager=slipway', 'application/json', object],
  ],
  [
    'apply',
    (c) =>
      c.patch(
        configmaps,
        'x',
        { type: 'apply', body: { a: 1 }, fieldManager: 'f', force: true },
        { namespace: 'n' },
      ),
    [
      'PATCH',
      '/api/v1/namespaces/n/configmaps/x?fieldManager=f&force=true',
      'application/apply-patch+yaml',
      { a: 1 },
    ],
  ],
  [
    'JSON patch',
    (c) => c.patch(configmaps, 'x', { type: 'json', body: [] }, { namespace: 'n' }),
    ['PATCH', '/api/v1/namespaces/n/configmaps/x?fieldManager=slipway', 'application/json-patch+json', []],
  ],
  [
    'delete',
    (c) =>
      c.delete(configmaps, 'x', { namespace: 'n', gracePeriodSeconds: 0, propagationPolicy: 'Foreground' }),
    [
      'DELETE',
      '/api/v1/namespaces/n/configmaps/x',
      'application/json',
      { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, propagationPolicy: 'Foreground' },
    ],
  ],
];

for (const [title, call, [method, url, type, body]] of requests) {
  test(`request: ${title}`, async () => {
    const { client, seen } = await serve(json({ ...object, items: [] }), { token: async () => 'secret' });
    await call(client);
    const [request] = seen;
    assert.equal(`${request?.method} ${request?.url}`, `${method} ${url}`);
    assert.equal(request?.headers['content-type'], type);
    assert.equal(request?.headers.authorization, 'Bearer secret');
    assert.deepEqual(request?.body, body);
  });
}

test('the items of a list get their type, and no items are an empty list', async () => {
  const full = await serve(
    json({ metadata: { resourceVersion: '7', continue: 'c' }, items: [{ metadata: { name: 'a' } }] }),
  );
  assert.deepEqual(await full.client.list(configmaps), {
    items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }],
    resourceVersion: '7',
    continue: 'c',
  });
  const empty = await serve(json({ metadata: { resourceVersion: '7' }, items: null }));
  assert.deepEqual(await empty.client.list(configmaps), { items: [], resourceVersion: '7' });
});

test('a Status is thrown as it is', async () => {
  const { status } = StatusError.notFound(configmaps, 'x');
  const { client } = await serve(json(status, 404));
  await assert.rejects(client.get(configmaps, 'x', 'n'), (error) => {
    assert.ok(isStatus(error, 'NotFound'));
    assert.deepEqual(error.status, status);
    return true;
  });
});

const strange: [title: string, code: number, body: string, want: RegExp][] = [
  [
    'a proxy that is down',
    503,
    'upstream is away\nmore',
    /answered 503 to .*configmaps.*: upstream is away$/,
  ],
  ['a page in place of the API', 404, '', /answered 404 to/],
  ['an answer that is not JSON', 200, '<html>', /the server's answer is not JSON/],
];

for (const [title, code, body, want] of strange) {
  test(`strange answer: ${title}`, async () => {
    const { client } = await serve((response) => response.writeHead(code).end(body));
    await assert.rejects(client.get(configmaps, 'x', 'n'), want);
  });
}

test('nobody listening: which server, and what to do', async () => {
  const { client, server } = await serve(json({}));
  const { port } = server.address() as AddressInfo;
  server.close();
  await assert.rejects(client.get(configmaps, 'x', 'n'), (error: SlipwayErrorLike) => {
    assert.deepEqual([error.kind, error.code], ['unavailable', 'KUBE_UNREACHABLE']);
    assert.ok(error.message.includes(`http://127.0.0.1:${port}`), error.message);
    assert.match(error.hint ?? '', /slipway up/);
    return true;
  });
});

type SlipwayErrorLike = Error & { kind: string; code: string; hint?: string };

test('a server that never answers is a timeout', async () => {
  const { client } = await serve(() => {}, { timeoutMs: 30 });
  await assert.rejects(client.get(configmaps, 'x', 'n'), { kind: 'timeout', code: 'KUBE_UNREACHABLE' });
});

test('a connection that the server closed in between is made again', async () => {
  const { client, seen } = await serve((response, { url }) => {
    if (seen.length === 2) response.socket?.destroy();
    else json({ ...object, url })(response);
  });
  await client.get(configmaps, 'x', 'n');
  await client.get(configmaps, 'y', 'n');
  assert.equal(seen.length, 3);
});

const event = (type: string, version: string): string =>
  `${JSON.stringify({ type, object: { ...object, metadata: { name: 'x', resourceVersion: version } } })}\n`;

test('a watch yields events however the bytes are cut', async () => {
  const text = event('ADDED', '1') + event('MODIFIED', '2') + event('BOOKMARK', '3');
  const { client, seen } = await serve(async (response) => {
    for (let at = 0; at < text.length; at += 7) {
      response.write(text.slice(at, at + 7));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  const types: string[] = [];
  const { signal } = new AbortController();
  const options = { namespace: 'n', resourceVersion: '0', allowBookmarks: true, signal };
  for await (const {
    type,
    object: { metadata },
  } of client.watch(configmaps, options))
    types.push(`${type} ${metadata.resourceVersion}`);
  assert.deepEqual(types, ['ADDED 1', 'MODIFIED 2', 'BOOKMARK 3']);
  assert.equal(
    seen[0]?.url,
    '/api/v1/namespaces/n/configmaps?resourceVersion=0&watch=true&allowWatchBookmarks=true',
  );
});

async function watchAll(client: HttpKubeClient, signal = new AbortController().signal): Promise<number> {
  let count = 0;
  for await (const _ of client.watch(configmaps, { signal })) count += 1;
  return count;
}

test('an ERROR event is thrown', async () => {
  const { client } = await serve((response) => {
    response.end(
      event('ADDED', '1') + JSON.stringify({ type: 'ERROR', object: StatusError.expired().status }),
    );
  });
  await assert.rejects(watchAll(client), (error) => isStatus(error, 'Expired'));
});

test('a watch whose server dies says so', async () => {
  const { client } = await serve((response) => {
    response.write(event('ADDED', '1'), () => response.socket?.destroy());
  });
  await assert.rejects(watchAll(client), { kind: 'unavailable', code: 'KUBE_UNREACHABLE' });
});

test('an abort ends a watch and a log without an error', async () => {
  const { client } = await serve((response) => response.write(event('ADDED', '1')));
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 30);
  assert.equal(await watchAll(client, abort.signal), 1);
  for await (const _ of client.readLogs('n', 'p', { container: 'c', follow: true, signal: abort.signal }))
    assert.fail();
});

test('a log is passed on as it comes', async () => {
  const { client, seen } = await serve((response) => {
    response.write('one\n');
    response.end(Buffer.from([0xff, 0x00]));
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of client.readLogs('n', 'p', { container: 'c', follow: true, tailLines: 5 }))
    chunks.push(chunk);
  assert.deepEqual(Buffer.concat(chunks), Buffer.concat([Buffer.from('one\n'), Buffer.from([0xff, 0x00])]));
  assert.equal(seen[0]?.url, '/api/v1/namespaces/n/pods/p/log?container=c&follow=true&tailLines=5');
});

test('TLS: our authority is trusted, another is not, and the message says so', async () => {
  const { cert, key } = await selfSignedCertificate(['127.0.0.1']);
  const server = createTlsServer({ cert, key }, (_request, response) => json(object)(response));
  const url = `https://127.0.0.1:${await listen(server)}`;
  const trusting = new HttpKubeClient({ server: url, ca: cert });
  assert.equal((await trusting.get(configmaps, 'x', 'n')).kind, 'ConfigMap');
  const strict = new HttpKubeClient({ server: url });
  await assert.rejects(strict.get(configmaps, 'x', 'n'), /its certificate is not trusted/);
  const insecure = new HttpKubeClient({ server: url, insecure: true });
  assert.equal((await insecure.get(configmaps, 'x', 'n')).kind, 'ConfigMap');
  open.push(() => [trusting, strict, insecure].map((client) => client.close()));
});

// Requests of an upload, counted, with registries that know less of the protocol than ours.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { digestOf } from '../digest.ts';
import { parseReference, type Reference } from '../reference.ts';
import { RegistryClient } from './client.ts';
import { RegistryRefusal } from './registry-error.ts';

const SMALL = Buffer.from('{"a":"small blob"}');
const LARGE = Buffer.alloc(50_000, 'x');

interface Registry extends AsyncDisposable {
  readonly client: RegistryClient;
  readonly ref: Reference;
  /** `POST ?mount`, `PUT`, … in order, greetings left out. */
  readonly requests: string[];
  readonly slept: number[];
}

type Answer = (request: IncomingMessage, response: ServerResponse, asked: string) => void;

/** Answers uploads as the distribution specification has it, unless `answer` does. */
async function serve(answer: Answer = () => {}): Promise<Registry> {
  const requests: string[] = [];
  const slept: number[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://registry');
    if (url.pathname === '/v2/') return void response.end();
    const kinds = ['mount', 'digest'].filter((name) => url.searchParams.has(name));
    const asked = [request.method, ...kinds.map((kind) => `?${kind}`)].join(' ');
    requests.push(asked);
    request.resume().once('end', () => {
      answer(request, response, asked);
      if (response.writableEnded) return;
      if (asked === 'HEAD') response.writeHead(404);
      else if (asked === 'POST') response.writeHead(202, { location: '/upload' });
      else response.writeHead(asked === 'DELETE' ? 204 : 201);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clock = { now: () => new Date(), sleep: async (ms: number) => void slept.push(ms) };
  const client = new RegistryClient({ clock });
  const ref = parseReference(`127.0.0.1:${(server.address() as AddressInfo).port}/team/app:1`);
  const dispose = async (): Promise<void> => {
    client.close();
    server.closeAllConnections();
    server.close();
  };
  return { client, ref, requests, slept, [Symbol.asyncDispose]: dispose };
}

const push = (
  { client, ref }: Registry,
  content: Buffer,
  options: { mountFrom?: string[]; isNew?: boolean } = {},
): Promise<string> =>
  client.pushBlob(
    ref,
    { digest: digestOf(content), size: content.length },
    () => Readable.from([content]),
    options,
  );

test('a blob is looked for, then sent in two requests; a small new one is sent in one', async () => {
  await using registry = await serve();
  assert.equal(await push(registry, LARGE), 'uploaded');
  assert.deepEqual(registry.requests.splice(0), ['HEAD', 'POST', 'PUT ?digest']);
  assert.equal(await push(registry, LARGE, { isNew: true }), 'uploaded');
  assert.deepEqual(registry.requests.splice(0), ['HEAD', 'POST', 'PUT ?digest']);
  assert.equal(await push(registry, SMALL, { isNew: true }), 'uploaded');
  assert.deepEqual(registry.requests, ['POST ?digest']);
});

for (const status of [202, 405]) {
  test(`a registry that takes no blob with the first request (${status}) is not tried twice`, async () => {
    await using registry = await serve((_, response, asked) => {
      if (asked === 'POST ?digest') response.writeHead(status, { location: '/upload' }).end();
    });
    assert.equal(await push(registry, SMALL, { isNew: true }), 'uploaded');
    const first = status === 202 ? ['POST ?digest'] : ['POST ?digest', 'POST'];
    assert.deepEqual(registry.requests.splice(0), [...first, 'PUT ?digest']);
    assert.equal(await push(registry, SMALL, { isNew: true }), 'uploaded');
    assert.deepEqual(registry.requests, ['HEAD', 'POST', 'PUT ?digest']);
  });
}

test('a blob of another repository is mounted without a look', async () => {
  await using registry = await serve();
  assert.equal(await push(registry, LARGE, { mountFrom: ['library/base'] }), 'mounted');
  assert.deepEqual(registry.requests, ['POST ?mount']);
});

test('a registry that does not mount is asked once, and the session that it opened is used or ended', async () => {
  let there = false;
  await using registry = await serve((_, response, asked) => {
    if (asked === 'POST ?mount') response.writeHead(202, { location: '/upload' }).end();
    else if (asked === 'HEAD' && there) response.end();
  });
  const mountFrom = ['library/base'];
  assert.equal(await push(registry, LARGE, { mountFrom }), 'uploaded');
  assert.deepEqual(registry.requests.splice(0), ['POST ?mount', 'HEAD', 'PUT ?digest']);
  there = true;
  assert.equal(await push(registry, LARGE, { mountFrom }), 'present');
  assert.deepEqual(registry.requests.splice(0), ['HEAD']);
  assert.equal(await push(registry, LARGE, { mountFrom: ['library/other'] }), 'present');
  assert.deepEqual(registry.requests, ['POST ?mount', 'HEAD', 'DELETE']);
});

test('where the other repository may not be read, the blob is sent', async () => {
  await using registry = await serve((_, response, asked) => {
    if (asked === 'POST ?mount') response.writeHead(403).end();
  });
  assert.equal(await push(registry, LARGE, { mountFrom: ['secret/base'] }), 'uploaded');
  assert.deepEqual(registry.requests, ['POST ?mount', 'HEAD', 'POST', 'PUT ?digest']);
});

test('a registry that says when to ask again is asked then', async () => {
  let asked = 0;
  const headers = ['7', new Date(Date.now() + 20_000).toUTCString()];
  await using registry = await serve((_, response) => {
    const wait = headers[asked++];
    if (wait !== undefined) response.writeHead(asked === 1 ? 429 : 503, { 'retry-after': wait }).end();
  });
  assert.equal(await push(registry, LARGE), 'uploaded');
  assert.equal(registry.slept.length, 2);
  assert.equal(registry.slept[0], 7000);
  assert.ok(registry.slept[1]! > 15_000 && registry.slept[1]! <= 20_000, `${registry.slept[1]}`);
});

test('a registry that wants us to wait for an hour is not waited for', async () => {
  await using registry = await serve((_, response) => {
    response.writeHead(429, { 'retry-after': '3600' }).end();
  });
  await assert.rejects(push(registry, LARGE), (error) => {
    assert.ok(error instanceof RegistryRefusal);
    assert.equal(error.code, 'REGISTRY_RATE_LIMIT');
    assert.match(error.hint ?? '', /wait 3600 s/);
    return true;
  });
  assert.deepEqual(registry.slept, []);
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '@slipway/core';
import { ContentStore, digestOf, type Ingest } from '@slipway/oci';
import { temporaryFolder } from '@slipway/testkit';
import { DEFAULT_LIMITS } from '../limits.ts';
import { UploadWatch } from './upload-watch.ts';
import { writeBody } from './write-body.ts';

const watch = (room = Number.POSITIVE_INFINITY): UploadWatch =>
  new UploadWatch({ limits: DEFAULT_LIMITS, clock: systemClock, room });

async function serve(handler: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: close,
  };
}

test('more bodies at once than there are large buffers arrive whole', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  await using server = await serve(async (incoming, response) => {
    await using ingest = await store.beginTemporary();
    await writeBody(ingest, incoming, watch());
    response.end((await ingest.commit()).digest);
  });
  const push = async (_: unknown, index: number): Promise<void> => {
    const body = randomBytes(3_000_000 + index);
    const answer = await fetch(server.url, { method: 'PUT', body });
    assert.equal(await answer.text(), digestOf(body));
  };
  await Promise.all(Array.from({ length: 24 }, push));
});

test('what came before the client went away is kept', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  const ended = Promise.withResolvers<Ingest>();
  await using server = await serve(async (incoming) => {
    const ingest = await store.begin();
    await assert.rejects(writeBody(ingest, incoming, watch()));
    ended.resolve(ingest);
  });
  const body = randomBytes(1_500_000);
  const client = request(server.url, { method: 'PUT', headers: { 'content-length': 2_000_000 } });
  client.on('error', () => {});
  client.write(body, () => setTimeout(() => client.destroy(), 100));
  await using ingest = await ended.promise;
  assert.equal(ingest.offset, body.length);
  assert.equal((await ingest.commit()).digest, digestOf(body));
});

test('a body that is larger than the room ends with a refusal, and the connection lives', async () => {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.path);
  await using server = await serve(async (incoming, response) => {
    await using ingest = await store.beginTemporary();
    await assert.rejects(writeBody(ingest, incoming, watch(100_000)), { code: 'DENIED' });
    incoming.resume();
    response.writeHead(403).end();
  });
  const answer = await fetch(server.url, { method: 'PUT', body: randomBytes(400_000) });
  assert.equal(answer.status, 403);
});

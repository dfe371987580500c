import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Clock } from '@slipway/core';
import type { Probe } from '@slipway/kube';
import { selfSignedCertificate } from '@slipway/testkit';
import { check, type ProbeTarget } from './check.ts';
import { probeLoop } from './probe-loop.ts';

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

let web: Server;
let secure: Server;
let ports: { web: number; secure: number };

before(async () => {
  web = createServer((request, response) => {
    const { url = '', headers } = request;
    if (url === '/hang') return;
    if (url === '/cut') return void response.destroy();
    const status = { '/ok': 200, '/moved': 302, '/lost': 302, '/away': 302, '/bad': 500 }[url] ?? 404;
    const target = { '/moved': '/ok', '/lost': '/bad', '/away': 'http://elsewhere.test/' }[url];
    const isKnown = url !== '/header' || headers['x-probe'] === 'yes';
    response.writeHead(url === '/header' && isKnown ? 204 : status, target ? { Location: target } : {});
    response.end(status === 500 ? 'not yet' : '');
  });
  const { cert, key } = await selfSignedCertificate();
  secure = createTlsServer({ cert, key }, (_, response) => void response.end());
  ports = { web: await listen(web), secure: await listen(secure) };
});
after(() => {
  web.close();
  secure.close();
  (web as ReturnType<typeof createServer>).closeAllConnections();
});

function target(
  exec: ProbeTarget['running']['exec'] = () => Promise.reject(new Error('no exec')),
): ProbeTarget {
  const container = { name: 'c', ports: [{ name: 'http', containerPort: ports.web }] };
  return { container, running: { exec }, address: '127.0.0.1' };
}

const never = new AbortController().signal;
const look = (probe: Probe, to = target()): Promise<{ isHealthy: boolean; message: string }> =>
  check(probe, to, never);

describe('httpGet', () => {
  for (const [path, isHealthy] of [
    ['/ok', true],
    ['ok', true],
    ['/moved', true],
    ['/away', true],
    ['/lost', false],
    ['/none', false],
    ['/cut', false],
  ] as const) {
    test(`${path} is ${isHealthy ? '' : 'not '}healthy`, async () => {
      assert.equal((await look({ httpGet: { path, port: 'http' } })).isHealthy, isHealthy);
    });
  }

  test('tells the code and the beginning of the answer', async () => {
    const { message } = await look({ httpGet: { path: '/bad', port: ports.web } });
    assert.equal(message, 'HTTP probe failed with statuscode: 500: not yet');
  });

  test('sends its headers', async () => {
    const httpHeaders = [{ name: 'X-Probe', value: 'yes' }];
    assert.equal(
      (await look({ httpGet: { path: '/header', port: ports.web, httpHeaders } })).isHealthy,
      true,
    );
  });

  test('takes any certificate', async () => {
    assert.equal((await look({ httpGet: { port: ports.secure, scheme: 'HTTPS' } })).isHealthy, true);
  });

  test('does not wait longer than its timeout', async () => {
    const found = await look({ httpGet: { path: '/hang', port: ports.web }, timeoutSeconds: 1 });
    assert.deepEqual(found, { isHealthy: false, message: 'timed out after 1s' });
  });

  test('names a port that the container does not have', async () => {
    const { message } = await look({ httpGet: { port: 'metrics' } });
    assert.equal(message, 'the container has no port "metrics"');
  });
});

test('tcpSocket is healthy when somebody listens', async () => {
  assert.deepEqual(await look({ tcpSocket: { port: ports.web } }), { isHealthy: true, message: '' });
  const { isHealthy, message } = await look({ tcpSocket: { port: 1 } });
  assert.equal(isHealthy, false);
  assert.match(message, /ECONNREFUSED/);
});

test('exec is healthy when its command ends with 0, and says what it printed', async () => {
  const ends = (exitCode: number, output: string) => target(() => Promise.resolve({ exitCode, output }));
  assert.equal((await look({ exec: { command: ['x'] } }, ends(0, ''))).isHealthy, true);
  assert.deepEqual(await look({ exec: { command: ['x'] } }, ends(1, 'no socket')), {
    isHealthy: false,
    message: 'no socket',
  });
  assert.equal((await look({ exec: {} }, ends(2, ''))).message, 'command ended with code 2');
});

test('what does not say how to look is never healthy', async () => {
  assert.match((await look({})).message, /neither exec, httpGet, tcpSocket nor grpc/);
});

test('grpc asks for the health of a service', async () => {
  const server = createHttp2Server().on('stream', (stream, headers) => {
    stream.once('data', (request: Buffer) => {
      const service = request.subarray(7).toString();
      const status = { up: 1, down: 2 }[service];
      assert.equal(headers[':path'], '/grpc.health.v1.Health/Check');
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.once('wantTrailers', () => {
        stream.sendTrailers({ 'grpc-status': status ? '0' : '5', 'grpc-message': 'unknown%20service' });
      });
      stream.end(status ? Buffer.from([0, 0, 0, 0, 2, 8, status]) : undefined);
    });
  });
  const port = await listen(server);
  const ask = (service: string) => look({ grpc: { port, service } });
  assert.deepEqual(await ask('up'), { isHealthy: true, message: '' });
  assert.match((await ask('down')).message, /responded with "NOT_SERVING"/);
  assert.match((await ask('other')).message, /rpc error: code 5: unknown service/);
  server.close();
  assert.match((await ask('up')).message, /ECONNREFUSED/);
  assert.match((await look({ grpc: { port: ports.web } })).message, /./, 'a server of HTTP/1.1');
});

/** Time passes only while somebody sleeps. */
function sleepingClock(): Clock & { slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(now),
    async sleep(ms) {
      slept.push(ms);
      now += ms;
    },
  };
}

/** The verdicts on these looks, one letter each: `.` nothing said, `+` healthy, `-` not. */
async function verdicts(probe: Probe, looks: string): Promise<{ said: string; slept: number[] }> {
  const clock = sleepingClock();
  const stop = new AbortController();
  let at = 0;
  let said = '';
  const loop = probeLoop({
    probe,
    clock,
    startedAt: new Date(0),
    signal: stop.signal,
    async check() {
      said = said.padEnd(at, '.');
      if (at === looks.length) stop.abort(new Error('enough'));
      return { isHealthy: looks[at++] === '+', message: '' };
    },
    onFailure: () => {},
  });
  await assert.rejects(async () => {
    for await (const isHealthy of loop) said += isHealthy ? '+' : '-';
  }, /enough/);
  return { said, slept: clock.slept };
}

describe('the verdict', () => {
  for (const [title, probe, looks, said] of [
    ['by default one success, and three failures in a row', {}, '-+--+---', '.+..+..-'],
    ['a success in between starts anew', { failureThreshold: 2 }, '-+-+--', '.+.+.-'],
    ['several successes when asked for', { successThreshold: 2, failureThreshold: 1 }, '+-++', '.-.+'],
    ['goes on while it lasts', { failureThreshold: 2 }, '---', '.--'],
  ] as const) {
    test(title, async () => assert.equal((await verdicts(probe, looks)).said, said));
  }

  test('comes after the delay, then at every period', async () => {
    const { slept } = await verdicts({ initialDelaySeconds: 4, periodSeconds: 2 }, '++');
    assert.deepEqual(slept, [4000, 2000, 2000]);
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { KanikoBench, push } from './kaniko/kaniko-bench.ts';

let kaniko: KanikoBench;
let server: Server;
let registry: string;
let pem: (name: string) => string;

/** The registry behind TLS: with an authority that nobody knows, and for clients with a certificate of it only. */
before(async () => {
  kaniko = await KanikoBench.open();
  pem = (name) => kaniko.bench.folder.join(`${name}.pem`);
  const openssl = (...args: string[]): void => {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...ec, '-subj', '/CN=test', '-keyout', pem('ca-key'), '-out', pem('ca'));
  for (const name of ['server', 'client']) {
    const signed = ['-CA', pem('ca'), '-CAkey', pem('ca-key'), '-addext', 'subjectAltName=DNS:localhost'];
    openssl(
      'req',
      '-x509',
      ...ec,
      ...signed,
      '-subj',
      `/CN=${name}`,
      '-keyout',
      pem(`${name}-key`),
      '-out',
      pem(name),
    );
  }
  const [key, cert, ca] = ['server-key', 'server', 'ca'].map((name) => readFileSync(pem(name)));
  server = createServer(
    { key, cert, ca, requestCert: true, rejectUnauthorized: true },
    (incoming, outgoing) => {
      const { method, url, headers } = incoming;
      const forwarded = request(`http://${kaniko.bench.registry}${url}`, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(forwarded);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  registry = `localhost:${(server.address() as AddressInfo).port}`;
});

after(async () => {
  server?.closeAllConnections();
  server?.close();
  await kaniko?.[Symbol.asyncDispose]();
});

const build = (...flags: string[]): ReturnType<KanikoBench['executor']> =>
  kaniko.executor([`-c${kaniko.context}`, '-fsub/Dockerfile', push(`${registry}/app/tls:1`), ...flags]);

test('a certificate authority and a client certificate of one registry', async () => {
  const own = `--registry-client-cert=${registry}=${pem('client')},${pem('client-key')}`;
  const trusted = `--registry-certificate=${registry}=${pem('ca')}`;
  const outcome = await build(own, trusted);
  assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
  const unverified = await build(own, '--skip-tls-verify');
  assert.equal(unverified.code, 0, unverified.stdout + unverified.stderr);
  const untrusted = await build(own);
  assert.equal(untrusted.code, 1);
  assert.match(untrusted.stderr, /the certificate of localhost:\d+ is not trusted/);
  const anonymous = await build(trusted);
  assert.equal(anonymous.code, 1);
  assert.match(anonymous.stderr, /^error checking push permissions/);
});

test('authorities mounted at ssl/certs of kaniko’s folder', async () => {
  const folder = kaniko.bench.folder.join('kaniko-dir');
  mkdirSync(join(folder, 'ssl/certs'), { recursive: true });
  copyFileSync(pem('ca'), join(folder, 'ssl/certs/additional-ca.crt'));
  const own = `--registry-client-cert=${registry}=${pem('client')},${pem('client-key')}`;
  const outcome = await build(own, `--kaniko-dir=${folder}`);
  assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
});

test('a certificate file that is not there is named', async () => {
  const outcome = await build(`--registry-certificate=${registry}=/nowhere.pem`);
  assert.equal(outcome.code, 1);
  assert.match(outcome.stderr, /^Error: --registry-certificate: \/nowhere\.pem cannot be read \(ENOENT\)$/m);
});

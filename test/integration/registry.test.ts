import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { SlipwayError, silentLogger } from '@slipway/core';
import { ContentStore } from '@slipway/oci';
import {
  type AccessController,
  ANONYMOUS,
  createRegistryHandler,
  htpasswdAccess,
  type Listener,
  listenTlsOrLoopbackHttp,
  type ManifestEvent,
  parseAuthorization,
  type RegistryService,
} from '@slipway/registry';
import { type Certificate, selfSignedCertificate, temporaryFolder } from '@slipway/testkit';

const run = promisify(execFile);
const BUILDER = 'token-of-the-builder';
const OTHER = 'token-of-another';
const ADMIN = 'token-of-the-administrator';

/** Two accounts with tokens, each may do everything in its namespace; reading `public` needs nobody. */
const accounts: Readonly<Record<string, string>> = {
  [BUILDER]: 'serviceaccount system:serviceaccount:team:builder',
  [OTHER]: 'serviceaccount system:serviceaccount:other:builder',
  [ADMIN]: 'user admin',
};
const access: AccessController = {
  challenge: 'bearer',
  authenticate: async ({ authorization }) => {
    if (authorization === undefined) return ANONYMOUS;
    const given = parseAuthorization(authorization);
    const token = given?.scheme === 'basic' ? given.password : given?.token;
    const name = accounts[token ?? ''];
    if (name !== undefined) return { name, anonymous: false };
    throw new SlipwayError('unauthenticated', 'TOKEN_INVALID', 'the token is not valid, or has expired');
  },
  authorize: async ({ name }, { repository, action }) => {
    const [namespace = ''] = repository.split('/');
    return {
      allowed:
        name === accounts[ADMIN] ||
        name.includes(`:${namespace}:`) ||
        (action === 'pull' && namespace === 'public'),
      reason: `${name} may not ${action} ${repository}: needs "update" on imagestreams/layers in namespace ${namespace}`,
    };
  },
};

const folder = temporaryFolder();
const events: ManifestEvent[] = [];
let certificate: Certificate;
let store: ContentStore;
let registry: RegistryService;
let listener: Listener;
let host: string;

before(async () => {
  certificate = await selfSignedCertificate();
  await writeFile(folder.join('ca.crt'), certificate.cert);
  await writeFile(folder.join('auth.json'), '{}');
  await writeFile(folder.join('policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  store = await ContentStore.open(folder.join('content'));
  const onManifest = (event: ManifestEvent): void => void events.push(event);
  const metadataDir = folder.join('registry');
  registry = createRegistryHandler({ store, metadataDir, access, logger: silentLogger, onManifest });
  listener = await listen('127.0.0.1', registry);
  host = `127.0.0.1:${listener.port}`;
});

after(async () => {
  await listener?.close();
  await registry?.close();
  folder[Symbol.dispose]();
});

function listen(address: string, service: RegistryService): Promise<Listener> {
  const handler = service.handle;
  return listenTlsOrLoopbackHttp({ host: address, port: 0, tls: certificate, handler, logger: silentLogger });
}

/** skopeo over TLS with our CA, as a user who trusts it; its stdout. */
async function skopeo(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('skopeo', ['--policy', folder.join('policy.json'), command, ...args]);
  return stdout;
}

const trust = (side: '' | 'src-' | 'dest-' = ''): string[] => [`--${side}cert-dir`, folder.path];

/** A one-layer image as an OCI layout folder, made with tar and sha256 by buildah's scratch build. */
async function scratchImage(name: string): Promise<string> {
  const context = folder.join(`context-${name}`);
  await run('mkdir', ['-p', context]);
  await writeFile(`${context}/hello.txt`, `hello ${name} ${Math.random()}\n`);
  await writeFile(`${context}/Dockerfile`, 'FROM scratch\nCOPY hello.txt /\n');
  const target = folder.join(`layout-${name}`);
  await buildah('bud', '-q', '-t', name, context);
  await buildah('push', '-q', name, `oci:${target}:latest`);
  return `oci:${target}:latest`;
}

async function buildah(...args: string[]): Promise<string> {
  const storage = [
    '--root',
    folder.join('buildah'),
    '--runroot',
    folder.join('buildah-run'),
    '--storage-driver',
    'vfs',
  ];
  const policy = ['push', 'pull', 'from', 'bud'].includes(args[0]!)
    ? ['--signature-policy', folder.join('policy.json')]
    : [];
  const env = { ...process.env, BUILDAH_ISOLATION: 'chroot', REGISTRY_AUTH_FILE: folder.join('auth.json') };
  const { stdout } = await run('buildah', [...storage, args[0]!, ...policy, ...args.slice(1)], { env });
  return stdout.trim();
}

test('skopeo pushes over TLS with a token, inspects, copies by digest, lists and deletes', async () => {
  const image = await scratchImage('first');
  const credentials = `anything:${BUILDER}`;
  await skopeo('copy', ...trust('dest-'), '--dest-creds', credentials, image, `docker://${host}/team/app:v1`);
  const inspected = JSON.parse(
    await skopeo('inspect', ...trust(), '--creds', credentials, `docker://${host}/team/app:v1`),
  );
  assert.match(inspected.Digest, /^sha256:[0-9a-f]{64}$/);
  assert.deepEqual(inspected.RepoTags, ['v1']);
  const back = ['copy', ...trust('src-'), '--src-creds', credentials];
  await skopeo(
    ...(back as [string]),
    `docker://${host}/team/app@${inspected.Digest}`,
    `oci:${folder.join('back')}:x`,
  );
  const pushed = events.at(-1)!;
  assert.deepEqual(
    [pushed.repository, pushed.tag, pushed.digest, pushed.action],
    ['team/app', 'v1', inspected.Digest, 'push'],
  );
  await skopeo('delete', ...trust(), '--creds', credentials, `docker://${host}/team/app:v1`);
  await assert.rejects(
    skopeo('inspect', ...trust(), '--creds', credentials, `docker://${host}/team/app:v1`),
    /manifest unknown|MANIFEST_UNKNOWN|has no/i,
  );
  assert.equal(events.at(-1)!.action, 'delete');
});

test('buildah logs in with the right token only, pushes over loopback HTTP, and pulls', async () => {
  await scratchImage('second');
  await assert.rejects(
    buildah('login', '--tls-verify=false', '-u', 'x', '-p', 'wrong', host),
    /unauthorized|invalid username|not valid/i,
  );
  await buildah('login', '--tls-verify=false', '-u', 'x', '-p', BUILDER, host);
  await buildah('push', '-q', '--tls-verify=false', 'second', `docker://${host}/team/second:latest`);
  await buildah('rmi', '-a', '-f');
  assert.match(
    await buildah('pull', '-q', '--tls-verify=false', `docker://${host}/team/second:latest`),
    /^[0-9a-f]{64}$/,
  );
});

test('another account is refused with its name and the missing permission', async () => {
  const image = await scratchImage('third');
  const push = skopeo(
    'copy',
    ...trust('dest-'),
    '--dest-creds',
    `x:${OTHER}`,
    image,
    `docker://${host}/team/third:v1`,
  );
  await assert.rejects(
    push,
    /system:serviceaccount:other:builder may not .*needs .*update.* on imagestreams\/layers in namespace team/s,
  );
});

test('without credentials only what is open to all can be pulled', async () => {
  const image = await scratchImage('fourth');
  const credentials = ['--dest-creds', `x:${ADMIN}`];
  for (const name of ['public/tool', 'team/secret', 'docker.io/library/kept']) {
    await skopeo('copy', ...trust('dest-'), ...credentials, image, `docker://${host}/${name}:v1`);
  }
  await skopeo('inspect', ...trust(), '--no-creds', `docker://${host}/public/tool:v1`);
  await skopeo('inspect', ...trust(), '--no-creds', `docker://${host}/docker.io/library/kept:v1`);
  await assert.rejects(
    skopeo('inspect', ...trust(), '--no-creds', `docker://${host}/team/secret:v1`),
    /anonymous may not pull/,
  );
});

test('a mount does not reach into a repository that the caller may not pull', async () => {
  const credentials = ['--dest-creds', `x:${BUILDER}`];
  await skopeo(
    'copy',
    ...trust('dest-'),
    ...credentials,
    await scratchImage('fifth'),
    `docker://${host}/team/hidden:v1`,
  );
  const { digest } = events.at(-1)!;
  const call = (token: string, path: string, method = 'GET'): Promise<Response> =>
    fetch(`http://${host}/v2/${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  const answer = await call(BUILDER, `team/hidden/manifests/${digest}`);
  const { layers } = (await answer.json()) as { layers: { digest: string }[] };
  const layer = layers[0]!.digest;
  for (const query of [`mount=${layer}&from=team/hidden`, `mount=${layer}`]) {
    assert.equal(
      (await call(OTHER, `other/theft/blobs/uploads/?${query}`, 'POST')).status,
      202,
      'begins an upload instead',
    );
    assert.equal((await call(OTHER, `other/theft/blobs/${layer}`, 'HEAD')).status, 404);
    assert.equal((await call(BUILDER, `team/mine/blobs/uploads/?${query}`, 'POST')).status, 201);
  }
  assert.equal((await call(OTHER, `team/hidden/blobs/${layer}`)).status, 403);
});

test('one port speaks TLS and, to loopback only, HTTP', async () => {
  const answer = await fetch(`http://${host}/v2/`);
  assert.equal(answer.status, 401);
  assert.equal(
    answer.headers.get('www-authenticate'),
    `Bearer realm="http://${host}/openshift/token",service="${host}"`,
  );
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const outside = addresses.find((address) => address.family === 'IPv4' && !address.internal)?.address;
  if (outside === undefined) return; // a machine without a network has no peer that is not loopback
  const open = await listen('0.0.0.0', registry);
  try {
    const refused = await fetch(`http://${outside}:${open.port}/v2/`);
    assert.equal(refused.status, 426);
    assert.match(await refused.text(), /speaks HTTPS/);
  } finally {
    await open.close();
  }
});

test('a connection that says nothing, or nonsense, or is reset harms nobody', async () => {
  for (const bytes of ['', '\x16', '\x16\x03\x01\xff\xff', 'GARBAGE\r\n\r\n', '\0\0\0\0']) {
    const socket = connect(listener.port, '127.0.0.1');
    socket.on('error', () => {}); // being cut off is the expected answer
    socket.write(bytes);
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.resetAndDestroy();
  }
  assert.equal((await fetch(`http://${host}/healthz`)).status, 200);
});

test('headers that trickle in are cut off', async () => {
  const own = await listenTlsOrLoopbackHttp({
    host: '127.0.0.1',
    port: 0,
    tls: certificate,
    handler: registry.handle,
    logger: silentLogger,
    headersMs: 200,
  });
  const socket = connect(own.port, '127.0.0.1');
  socket.write('GET /v2/ HTTP/1.1\r\n');
  const drip = setInterval(() => socket.write('X: y\r\n'), 50);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  clearInterval(drip);
  socket.destroy();
  assert.match(answer.toString(), /^HTTP\/1\.1 408 /);
  await own.close();
});

test('closing does not wait for connections that are kept alive', async () => {
  const own = await listen('127.0.0.1', registry);
  const agent = new Agent({ keepAlive: true });
  await new Promise((resolve) =>
    get(`http://127.0.0.1:${own.port}/healthz`, { agent }, (answer) => answer.resume().on('end', resolve)),
  );
  const started = Date.now();
  await own.close();
  agent.destroy();
  assert.ok(Date.now() - started < 1000);
});

test('a password file lets its users in, and is read again when it changes', async () => {
  const file = folder.join('htpasswd');
  // "anna:secret", made with libxcrypt.
  await writeFile(file, '# users\nanna:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n');
  const metadataDir = folder.join('htpasswd-registry');
  const service = createRegistryHandler({
    store,
    metadataDir,
    access: htpasswdAccess({ file }),
    logger: silentLogger,
  });
  const own = await listen('127.0.0.1', service);
  const login = (password: string): Promise<string> =>
    skopeo(
      'login',
      '--authfile',
      folder.join('login.json'),
      '--tls-verify=false',
      '-u',
      'anna',
      '-p',
      password,
      `127.0.0.1:${own.port}`,
    );
  try {
    await login('secret');
    await assert.rejects(login('wrong'), /invalid username\/password/);
    await writeFile(file, 'nobody:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n');
    await assert.rejects(login('secret'), /invalid username\/password/);
  } finally {
    await own.close();
    await service.close();
  }
});

test('after all that the store is sound', async () => {
  const report = await registry.fsck({ deep: true });
  assert.deepEqual(report.problems, []);
  assert.ok(report.manifests >= 4);
});

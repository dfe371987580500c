// Real clients at the registry of a running control plane, let in by tokens of ServiceAccounts.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { ImageStream } from '@slipway/kube';
import { execute, type Outcome, slipway } from '../cli.ts';
import { type Dockerd, missingDockerd, startDockerd } from '../dockerd.ts';
import { type RegistryPlane, startRegistryPlane, writePolicy } from './registry/control-plane.ts';

let cluster: RegistryPlane;
let registry: string;
let policy: string;
/** The folder with the CA that `slipway registry trust podman` makes. */
let certificates: string;

before(async () => {
  cluster = await startRegistryPlane();
  registry = cluster.plane.registry;
  policy = await writePolicy(cluster.folder);
  await cluster.namespace('team', ['system:image-builder', 'system:image-puller', 'edit']);
  await cluster.namespace('other');
  const root = cluster.folder.join('trusted');
  const outcome = await slipway(['registry', 'trust', 'podman', '--yes', '--root', root, ...stateDir()]);
  assert.equal(outcome.code, 0, outcome.stderr);
  certificates = `${root}/etc/containers/certs.d/${registry}`;
});
after(() => cluster?.[Symbol.asyncDispose]());

function stateDir(): string[] {
  return ['--state-dir', cluster.plane.folder.root];
}

function ok({ code, stdout, stderr }: Outcome): string {
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Logs in with `slipway registry login`, and returns the file that docker's kin read. */
async function loginFile(account: string): Promise<string> {
  const [namespace = '', name = ''] = account.split('/');
  const config = cluster.folder.join(`login-${namespace}-${name}`);
  ok(
    await slipway([
      ...['registry', 'login', '--serviceaccount', name, '-n', namespace],
      ...['--config', config, ...stateDir()],
    ]),
  );
  return `${config}/config.json`;
}

async function context(): Promise<string> {
  const folder = cluster.folder.join('context');
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/hello.txt`, `hello ${Math.random()}\n`);
  await writeFile(`${folder}/Dockerfile`, 'FROM scratch\nCOPY hello.txt /\nENV GREETING=hello\n');
  return folder;
}

function buildah(...args: string[]): Promise<Outcome> {
  const { folder } = cluster;
  const storage = ['--root', folder.join('buildah'), '--runroot', folder.join('buildah-run')];
  return execute('buildah', [...storage, '--storage-driver', 'vfs', ...args]);
}

function skopeo(...args: string[]): Promise<Outcome> {
  return execute('skopeo', ['--policy', policy, ...args]);
}

describe('buildah, over TLS with the CA that trust installed', () => {
  const image = (): string => `${registry}/team/buildah:1`;
  const tls = (): string[] => ['--cert-dir', certificates, '--tls-verify=true'];

  for (const format of ['oci', 'docker']) {
    test(`builds, logs in, pushes, pulls and inspects an image in ${format} format`, async () => {
      const authfile = await loginFile('team/builder');
      const signature = ['--signature-policy', policy];
      ok(await buildah('bud', '-q', ...signature, '--format', format, '-t', image(), await context()));
      ok(await buildah('push', ...signature, ...tls(), '--authfile', authfile, image()));
      ok(await buildah('rmi', image()));
      ok(await buildah('pull', '-q', ...signature, ...tls(), '--authfile', authfile, image()));
      const { OCIv1 } = JSON.parse(ok(await buildah('inspect', '--type', 'image', image())));
      assert.ok(OCIv1.config.Env.includes('GREETING=hello'));
      ok(await buildah('rmi', image()));
    });
  }

  test('buildah login takes a token for any user name, and refuses a wrong one with the reason', async () => {
    const authfile = cluster.folder.join('buildah-login.json');
    const args = ['login', ...tls(), '--authfile', authfile, '-u', 'whoever'];
    ok(await buildah(...args, '-p', await cluster.token('team/builder'), registry));
    const wrong = await buildah(...args, '-p', 'hunter2', registry);
    assert.notEqual(wrong.code, 0);
  });
});

describe('skopeo', () => {
  const image = (): string => `docker://${registry}/team/skopeo:1`;
  const tls = (side = ''): string[] => [`--${side}cert-dir`, certificates];

  before(async () => {
    const oci = `oci:${cluster.folder.join('layout')}:1`;
    ok(await buildah('bud', '-q', '--signature-policy', policy, '-t', 'skopeo', await context()));
    ok(await buildah('push', '-q', '--signature-policy', policy, 'skopeo', oci));
  });

  test('pushes, inspects, lists, pulls and deletes', async () => {
    const authfile = await loginFile('team/edit');
    const auth = ['--authfile', authfile];
    const layout = `oci:${cluster.folder.join('layout')}:1`;
    ok(await skopeo('copy', '-q', ...tls('dest-'), ...auth, layout, image()));
    const inspected = JSON.parse(ok(await skopeo('inspect', ...tls(), ...auth, image())));
    assert.ok(inspected.Env.includes('GREETING=hello'));
    const stream: ImageStream = JSON.parse(await cluster.kubectl('get is skopeo -n team -o json'));
    assert.equal(stream.status?.tags?.[0]?.items[0]?.image, inspected.Digest);
    const list = ok(await skopeo('list-tags', ...tls(), ...auth, image().replace(/:1$/, '')));
    assert.deepEqual(JSON.parse(list).Tags, ['1']);
    const copy = `dir:${cluster.folder.join('copy')}`;
    ok(await skopeo('copy', '-q', ...tls('src-'), ...auth, image(), copy));
    ok(await skopeo('delete', ...tls(), ...auth, image()));
    assert.notEqual((await skopeo('inspect', ...tls(), ...auth, image())).code, 0);
  });

  test('a builder of another namespace is told who it is and what it lacks', async () => {
    const authfile = await loginFile('other/builder');
    const layout = `oci:${cluster.folder.join('layout')}:1`;
    const { code, stderr } = await skopeo('copy', ...tls('dest-'), '--authfile', authfile, layout, image());
    assert.notEqual(code, 0);
    assert.match(stderr, /serviceaccount system:serviceaccount:other:builder may not push team\/skopeo/);
    assert.match(stderr, /--clusterrole=system:image-builder --serviceaccount=other:builder/);
  });

  test('without the CA the certificate is refused, and plain HTTP over loopback works', async () => {
    const authfile = await loginFile('team/edit');
    const layout = `oci:${cluster.folder.join('layout')}:1`;
    const strict = await skopeo('copy', '-q', '--authfile', authfile, layout, image());
    assert.match(strict.stderr, /certificate/);
    ok(await skopeo('copy', '-q', '--dest-tls-verify=false', '--authfile', authfile, layout, image()));
  });

  test('everybody pulls where a binding for system:unauthenticated says so', async () => {
    const authfile = await loginFile('other/builder');
    const layout = `oci:${cluster.folder.join('layout')}:1`;
    const name = `docker://${registry}/other/public:1`;
    ok(await skopeo('copy', '-q', ...tls('dest-'), '--authfile', authfile, layout, name));
    const anonymous = ['inspect', '--no-creds', ...tls(), name];
    const refused = await skopeo(...anonymous);
    assert.match(refused.stderr, /anonymous may not pull other\/public|unauthorized|authentication required/);
    const group = '--group=system:unauthenticated';
    await cluster.kubectl(`create rolebinding public -n other --clusterrole=system:image-puller ${group}`);
    ok(await skopeo(...anonymous));
  });
});

describe('credentials for kaniko and its kin', () => {
  test('the Secret of "slipway registry credentials --apply" lets skopeo push', async () => {
    const { stdout } = await slipway([
      ...['registry', 'credentials', '--serviceaccount', 'builder', '-n', 'team', '-o', 'secret', '--apply'],
      ...stateDir(),
    ]);
    assert.equal(stdout, 'secret/builder-docker-config in namespace team applied\n');
    const secret = JSON.parse(await cluster.kubectl('get secret builder-docker-config -n team -o json'));
    assert.equal(secret.type, 'kubernetes.io/dockerconfigjson');
    const authfile = cluster.folder.join('from-secret.json');
    await writeFile(authfile, Buffer.from(secret.data['.dockerconfigjson'], 'base64'));
    const { auths } = JSON.parse(await readFile(authfile, 'utf8'));
    assert.ok('image-registry.openshift-image-registry.svc:5000' in auths);
    const layout = `oci:${cluster.folder.join('layout')}:1`;
    const name = `docker://${registry}/team/secret:1`;
    ok(await skopeo('copy', '-q', '--dest-cert-dir', certificates, '--authfile', authfile, layout, name));
  });
});

const missing = missingDockerd();
if (missing !== undefined) process.stderr.write(`docker is not tested: ${missing}\n`);

describe('docker with Debian’s dockerd', { skip: missing ?? false }, () => {
  let daemon: Dockerd;
  const image = (): string => `${registry}/team/docker:1`;

  before(async () => {
    daemon = await startDockerd();
  });
  after(() => daemon?.[Symbol.asyncDispose]());

  async function login(account: string): Promise<Outcome> {
    const token = await cluster.token(account);
    return daemon.docker(['login', '-u', 'anything', '--password-stdin', registry], token);
  }

  test('docker login with something else than a token says what it takes', async () => {
    const args = ['login', '-u', 'anything', '--password-stdin', registry];
    const { code, stderr } = await daemon.docker(args, 'hunter2');
    assert.notEqual(code, 0);
    assert.match(stderr, /401 Unauthorized|not a token/);
  });

  test('docker login, push, pull, inspect', async () => {
    assert.match(ok(await login('team/builder')), /Login Succeeded/);
    const tar = cluster.folder.join('files.tar');
    ok(await execute('tar', ['-cf', tar, '-C', await context(), 'hello.txt']));
    ok(await daemon.docker(['import', '-c', 'ENV GREETING=hello', tar, image()]));
    const pushed = ok(await daemon.docker(['push', image()]));
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed)?.[1];
    const stream: ImageStream = JSON.parse(await cluster.kubectl('get is docker -n team -o json'));
    assert.equal(stream.status?.tags?.[0]?.items[0]?.image, digest);
    ok(await daemon.docker(['rmi', image()]));
    assert.match(ok(await daemon.docker(['pull', image()])), new RegExp(digest!));
    const [inspected] = JSON.parse(ok(await daemon.docker(['image', 'inspect', image()])));
    assert.deepEqual(inspected.RepoDigests, [`${registry}/team/docker@${digest}`]);
    assert.deepEqual(inspected.Config.Env, ['GREETING=hello']);
  });

  test('docker push of who may only pull says who it saw and what it lacks', async () => {
    ok(await login('team/puller'));
    const { code, stderr } = await daemon.docker(['push', image()]);
    assert.notEqual(code, 0);
    assert.match(stderr, /team:puller may not push team\/docker: it needs "update" on imagestreams\/layers/);
  });

  test('what slipway registry rm removed is gone for docker', async () => {
    ok(await login('team/builder'));
    ok(await slipway(['registry', 'rm', 'team/docker:1', ...stateDir()]));
    const { stderr } = await daemon.docker(['pull', image()]);
    assert.match(stderr, /manifest unknown|not found/);
  });
});

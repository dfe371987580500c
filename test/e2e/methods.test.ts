// The same source by each method: with a real dockerd and Debian's buildah, and kaniko's command line.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { execute, type Outcome, root, slipway } from '../cli.ts';
import { kubectl as runKubectl, startControlPlane } from '../control-plane.ts';
import { type Dockerd, missingDockerd, startDockerd } from '../dockerd.ts';
import { type SeededState, seededState } from '../seeded-state.ts';

const OPEN = `methods-${process.pid}`;
const CLOSED = `methods-closed-${process.pid}`;

interface Row {
  readonly method: string;
  readonly result: string;
  readonly reference: string;
  readonly digest: string;
  readonly size: number;
  readonly durationMs: number;
  readonly peakMemoryBytes?: number;
  readonly podSecurity: string;
  readonly error?: { readonly code: string; readonly message: string };
}

const missing = missingDockerd();
if (missing !== undefined) process.stderr.write(`the methods are not tested: ${missing}\n`);

describe('the methods of slipway build', { skip: missing ?? false }, () => {
  let state: SeededState;
  let folder: string;
  let daemon: Dockerd;
  let registry: string;
  let kubectl: (...args: string[]) => Promise<string>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-methods-'));
    [state, daemon] = await Promise.all([seededState(), startDockerd()]);
    const plane = await startControlPlane(state);
    registry = plane.registry;
    kubectl = (...args) => runKubectl(plane, folder, args);
    await kubectl('create', 'namespace', OPEN);
    await kubectl('label', 'namespace', OPEN, 'pod-security.kubernetes.io/enforce=privileged');
  });

  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await state?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  function build(source: string, to: string, method: string, ...more: string[]): Promise<Outcome> {
    const socket = ['--docker-socket', daemon.socket];
    return slipway(['build', source, '--to', to, '--method', method, ...socket, state.option, ...more]);
  }

  async function sources(name: string, dockerfile: string): Promise<string> {
    const place = join(folder, name);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'Dockerfile'), dockerfile);
    return place;
  }

  /** A file of a pushed image, as skopeo reads it. */
  async function fileOf(reference: string, token: string, path: string): Promise<string> {
    const copy = await mkdtemp(join(folder, 'image-'));
    const creds = ['--src-tls-verify=false', `--src-creds=a:${token}`];
    const { code, stderr } = await execute('skopeo', [
      'copy',
      ...creds,
      `docker://${reference}`,
      `dir:${copy}`,
    ]);
    assert.equal(code, 0, stderr);
    const manifest = JSON.parse(await readFile(join(copy, 'manifest.json'), 'utf8'));
    for (const { digest } of manifest.layers as { digest: string }[]) {
      await execute('tar', ['-xzf', join(copy, digest.replace('sha256:', '')), '-C', copy, path]);
    }
    const sum = await execute('sha256sum', [join(copy, path)]);
    assert.equal(sum.code, 0, `${reference} has ${path}: ${await readdir(copy)}`);
    return sum.stdout.split(' ')[0]!;
  }

  test('all of them build the same program, and the table says what it took', async () => {
    const { code, stdout, stderr } = await build(
      join(root, 'examples/hello-go'),
      `${OPEN}/app:1`,
      'all',
      ...['-o', 'json'],
    );
    assert.equal(code, 0, stdout + stderr);
    const rows = JSON.parse(stdout) as Row[];
    assert.deepEqual(
      rows.map(({ method, result, podSecurity }) => [method, result, podSecurity]),
      [
        ['native', 'succeeded', 'baseline'],
        ['kaniko', 'succeeded', 'baseline'],
        ['buildah', 'succeeded', 'baseline'],
        ['docker', 'succeeded', 'privileged'],
      ],
    );
    for (const { method, peakMemoryBytes, durationMs, size } of rows) {
      assert.ok(durationMs > 500 && size > 1_000_000, method);
      if (method === 'docker') assert.equal(peakMemoryBytes, undefined);
      else assert.ok(peakMemoryBytes! > 20e6 && peakMemoryBytes! < 2e9, `${method}: ${peakMemoryBytes}`);
    }
    const token = await kubectl('create', 'token', 'pipeline', '-n', OPEN);
    const programs = new Set<string>();
    for (const { reference } of rows) programs.add(await fileOf(reference, token, 'app/hello'));
    assert.equal(programs.size, 1, 'the same bytes by each method');
    await daemon.docker(['login', '-u', 'a', '--password-stdin', registry], token);
    for (const { reference, digest } of rows) {
      assert.match((await daemon.docker(['pull', reference])).stdout, new RegExp(digest));
    }
  });

  test('docker keeps no name of a base image that it only had for the build, and no container', async () => {
    const images = await daemon.docker(['images', '--format', '{{.Repository}}']);
    assert.match(images.stdout, /^127\.83\.\d+\.\d+:5000\/docker\.io\/library\/golang$/m);
    assert.doesNotMatch(images.stdout, /^(golang|alpine)$/m);
    assert.equal((await daemon.docker(['ps', '-aq'])).stdout, '');
  });

  test('no step has a token in its log or in its command line', async () => {
    const logs = await kubectl(
      ...['logs', '-n', OPEN, '--all-containers', '--tail=-1'],
      ...['-l', 'app.kubernetes.io/managed-by', '--max-log-requests=20'],
    );
    assert.match(logs, /sha256:/);
    assert.doesNotMatch(logs, /eyJhbGciOi/);
    assert.doesNotMatch(await kubectl('get', 'pods', '-n', OPEN, '-o', 'json'), /eyJhbGciOi/);
  });

  test('a namespace of level baseline refuses docker with the field and the grant; the others build', async () => {
    const source = await sources('small', 'FROM busybox\nRUN echo built > /file\n');
    const { code, stdout } = await build(source, `${CLOSED}/app:1`, 'all', '-o', 'json');
    assert.equal(code, 1, stdout);
    const rows = JSON.parse(stdout) as Row[];
    assert.deepEqual(
      rows.map(({ method, result }) => `${method} ${result}`),
      ['native succeeded', 'kaniko succeeded', 'buildah succeeded', 'docker refused'],
    );
    const message = rows.at(-1)?.error?.message ?? '';
    assert.match(message, /hostPath volumes \(volume "docker-socket"\); spec\.volumes\[\d\]\.hostPath/);
    assert.match(
      message,
      new RegExp(`kubectl label namespace ${CLOSED} pod-security\\.kubernetes\\.io/enforce=privileged`),
    );
  });

  test('RUN gets out of the chroot of buildah no more than out of the root of native', async () => {
    const breakOut =
      'mkdir /e; perl -e \'chroot "/e" or die "no chroot: $!\\n"; chdir ".." for 1..60; chroot "."; ' +
      'open F, "/var/run/secrets/kubernetes.io/serviceaccount/token" or exit 0; print <F>; exit 9\'';
    const source = await sources('escape', `FROM debian\nRUN ${breakOut}\n`);
    const buildah = await build(source, `${CLOSED}/escape:1`, 'buildah');
    assert.equal(buildah.code, 1);
    assert.match(buildah.stdout, /no chroot: Operation not permitted/);
    const native = await build(source, `${CLOSED}/escape:1`, 'native');
    assert.equal(native.code, 0, native.stdout);
  });

  for (const method of ['kaniko', 'buildah', 'docker']) {
    test(`${method}: a RUN that fails ends the build with its output; Ctrl-C ends what runs`, async () => {
      const source = await sources('bad', 'FROM busybox\nRUN echo so far; exit 3\n');
      const failed = await build(source, `${OPEN}/bad:1`, method);
      assert.equal(failed.code, 1);
      assert.match(failed.stdout, /^\[build\] .*so far$/m);
      assert.match(failed.stderr, /"step-build" exited with code 3/);
      const mark = `9${process.pid}`;
      const slow = await sources('slow', `FROM busybox\nRUN echo begun; sleep ${mark}\n`);
      const outcome = await slipway(
        [
          ...['build', slow, '--to', `${OPEN}/slow:1`, '--method', method],
          ...['--docker-socket', daemon.socket, state.option],
        ],
        {
          onStart: (child) => {
            child.stdout?.on('data', (chunk) => {
              if (/begun$/m.test(String(chunk).replace(/.*RUN.*/g, ''))) child.kill('SIGINT');
            });
          },
        },
      );
      assert.equal(outcome.code, 130, outcome.stdout + outcome.stderr);
      const left = await execute('pgrep', ['-f', `^sleep ${mark}$`]);
      assert.equal(left.stdout, '', 'nothing of the build runs on');
    });
  }

  test('method docker without a daemon says how to get one, before anything is done', async () => {
    const socket = join(folder, 'none.sock');
    const outcome = await slipway([
      ...['build', folder, '--to', `${OPEN}/x:1`, '--method', 'docker'],
      ...['--docker-socket', socket, state.option, '-o', 'json'],
    ]);
    assert.equal(outcome.code, 7);
    assert.equal(JSON.parse(outcome.stdout).error.code, 'DOCKER_SOCKET');
  });
});

// --build-context: folders, repositories, images and layouts under names of FROM, COPY --from and RUN --mount.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type GitServer, serveGit } from '../../packages/cli/src/demo/git-server.ts';
import { slipway } from '../cli.ts';
import { type Built, Workbench } from './builder/workbench.ts';

let bench: Workbench;
let git: GitServer;
let busybox: string;

before(async () => {
  bench = await Workbench.open();
  busybox = await bench.pushBusybox();
  const served = bench.folder.join('served');
  mkdirSync(served);
  git = await serveGit({ folder: served });
  const work = bench.context({ 'docs/page': 'of the repository\n' });
  const run = (...args: string[]): unknown =>
    execFileSync('git', ['-C', work, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
  run('init', '-q', '-b', 'main');
  run('add', '.');
  run('commit', '-q', '-m', 'one');
  execFileSync('git', ['clone', '-q', '--bare', work, `${served}/app.git`]);
});
after(async () => {
  await git?.[Symbol.asyncDispose]();
  await bench?.[Symbol.asyncDispose]();
});

async function build(dockerfile: string, namedContexts: Record<string, string>): Promise<Built> {
  const context = bench.context({ Dockerfile: `${dockerfile}\n` });
  return await bench.build(context, { namedContexts, noCache: true });
}

test('an image goes by each of its names', async () => {
  const contexts = { 'docker.io/library/base:latest': `docker-image://${busybox}` };
  for (const name of ['base', 'base:latest', 'docker.io/library/base'])
    assert.equal((await build(`FROM ${name}\nRUN echo ran`, contexts)).output, 'ran');
});

test('a context takes the place of a stage, which then is not built', async () => {
  const files = bench.context({ app: 'of the folder\n' });
  const dockerfile = (from: string): string =>
    `FROM busybox:1 AS Build\nRUN false\nFROM busybox:1\n${from}\nRUN cat /app`;
  const copied = await build(dockerfile('COPY --from=build /app /app'), { build: files });
  assert.equal(copied.output, 'of the folder');
  const mounted = await build(dockerfile('RUN --mount=from=build,target=/m cp /m/app /app'), {
    build: files,
  });
  assert.equal(mounted.output, 'of the folder');
  const image = await build('FROM scratch AS base\nFROM base\nRUN echo ran', {
    base: `docker-image://${busybox}`,
  });
  assert.equal(image.output, 'ran');
});

test('a stage that is FROM a folder has its files', async () => {
  const files = bench.context({ 'etc/file': 'x', '.dockerignore': 'left-out', 'left-out': 'y' });
  const { result } = await build('FROM files\nLABEL a=b', { files });
  assert.deepEqual([...(await bench.files(result)).keys()].sort(), ['.dockerignore', 'etc', 'etc/file']);
});

test('a Git repository, and a folder of it', async () => {
  const whole = await build('FROM busybox:1\nCOPY --from=app /docs/page /p\nRUN cat /p; ls -a /', {
    app: `${git.url}/app.git`,
  });
  assert.match(whole.output, /^of the repository$/m);
  const part = await build('FROM busybox:1\nRUN --mount=from=app,target=/m ls -A /m', {
    app: `${git.url}/app.git#main:docs`,
  });
  assert.equal(part.output, 'page');
});

test('an OCI layout, by tag and by digest, through the command line', async () => {
  const layout = bench.folder.join('layout');
  const made = bench.context({ Dockerfile: `FROM ${busybox}\nLABEL made=here\n` });
  const state = ['--state-dir', bench.stateDir, '--insecure'];
  const written = await slipway(
    ['image', 'build', made, '-t', 'made:1', ...state, '-o', `type=oci,tar=false,dest=${layout}`],
    {},
  );
  assert.equal(written.code, 0, written.stderr);
  const context = bench.context({ Dockerfile: 'FROM made\nRUN echo ran\n' });
  for (const place of [`oci-layout://${layout}:1`, `oci-layout://${layout}`]) {
    const { code, stderr } = await slipway(
      [
        'image',
        'build',
        context,
        ...state,
        '--no-cache',
        '--progress',
        'plain',
        '--build-context',
        `made=${place}`,
      ],
      {},
    );
    assert.equal(code, 0, stderr);
    assert.match(stderr, /ran/);
  }
  const missing = await slipway(
    ['image', 'build', context, ...state, '--build-context', `made=oci-layout://${layout}:2`],
    {},
  );
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /no such image[\s\S]*CONTEXT_LAYOUT/);
});

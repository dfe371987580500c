import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { catalogTask, catalogTasks, methods, renderBuild } from '@slipway/catalog';
import { resources, type TaskRun } from '@slipway/kube';
import { validateTask, validateTaskRun } from '@slipway/tekton';
import { freePort, type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { root } from '../cli.ts';
import { Cluster, NAMESPACE } from './tekton/cluster.ts';

for (const name of catalogTasks()) {
  test(`Tekton takes the Task ${name} of the catalog`, () => {
    assert.equal(`${validateTask(catalogTask(name))}`, '');
  });
}

const request = { image: 'r.svc:5000/demo/App_x:1', namespace: NAMESPACE };

for (const method of methods.keys()) {
  test(`the build with method ${method} gets a Pod with what was asked for`, async () => {
    await using cluster = await Cluster.start();
    const { podSecurity } = methods.get(method)!;
    await allow(cluster, podSecurity);
    const objects = renderBuild({
      ...request,
      method,
      source: { url: 'https://git.test/app.git', revision: 'v1; rm -rf /' },
      buildArgs: { A: '1', B: 'two words' },
      target: 'final',
      cacheSize: '1Gi',
    });
    const types = new Map(Object.values(resources).map((type) => [type.kind, type]));
    const made = [];
    for (const object of objects) made.push(await cluster.client.create(types.get(object.kind)!, object));
    const run = made.at(-1) as TaskRun;
    assert.match(run.metadata.name, /^app-x-build-/);
    assert.equal(`${validateTaskRun(run)}`, '');
    const pod = await cluster.podOf(run);
    assert.equal(pod.spec.serviceAccountName, 'pipeline');
    const { steps } = JSON.parse(pod.metadata.annotations?.['slipway.dev/steps'] ?? '{}');
    assert.ok(steps.every(({ script }: { script?: string }) => !script?.includes('rm -rf')));
    const clone = pod.spec.containers[0];
    const build = pod.spec.containers.at(-1);
    assert.equal(clone?.env?.find(({ name }) => name === 'REVISION')?.value, 'v1; rm -rf /');
    assert.deepEqual(build?.args?.slice(0, 2), ['A=1', 'B=two words']);
    assert.equal(clone?.image, 'docker.io/slipway/executor:latest');
    const registry = methods.get(method)!.stepImages[0] ?? 'docker.io/slipway/executor';
    assert.ok(build?.image?.startsWith(`${registry}:`), build?.image);
  });
}

async function allow(cluster: Cluster, level: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': level };
  const patch = { type: 'merge', body: { metadata: { labels } } } as const;
  await cluster.client.patch(resources.namespaces, NAMESPACE, patch);
}

const CLONE = join(root, 'images/executor/slipway-clone');

/** Runs the step clone, or the script of another one, as a container would, with git and sh of this machine. */
function runStep(
  folder: TemporaryFolder,
  step: string,
  env: Record<string, string>,
  args: readonly string[] = [],
  task = 'slipway-build',
): Promise<{ code: number; output: string }> {
  const script = catalogTask(task).spec.steps?.find(({ name }) => name === step)?.script;
  const file = script === undefined ? CLONE : folder.join('script');
  if (script !== undefined) writeFileSync(file, script, { mode: 0o755 });
  const defaults = {
    PATH: `${folder.path}:${process.env.PATH}`,
    HOME: folder.path,
    SOURCE_PATH: folder.join('source'),
    DOCKERCONFIG_PATH: '',
    URL: '',
    REVISION: '',
    SUBMODULES: 'true',
    DEPTH: '1',
    SOURCE_BUNDLE: '',
    COMMIT_FILE: folder.join('commit'),
  };
  return new Promise((resolve) => {
    execFile(file, [...args], { env: { ...defaults, ...env } }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
      resolve({ code, output: stdout + stderr });
    });
  });
}

interface Repository {
  readonly url: string;
  readonly first: string;
  readonly last: string;
}

/** A repository of two commits; the first one has the tag v1, the second is on main and on the branch next. */
function makeRepository(folder: TemporaryFolder): Repository {
  const path = folder.join('repository');
  mkdirSync(path);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.test', ...args], {
      cwd: path,
      encoding: 'utf8',
    }).trim();
  git('init', '-q', '-b', 'main');
  for (const version of ['one', 'two']) {
    writeFileSync(`${path}/version`, version);
    git('add', '.');
    git('commit', '-q', '-m', `version ${version}`);
    if (version === 'one') git('tag', 'v1');
  }
  git('branch', 'next');
  return { url: `file://${path}`, first: git('rev-parse', 'v1'), last: git('rev-parse', 'main') };
}

describe('the step clone', () => {
  const revisions: [title: string, revision: (repository: Repository) => string, version: string][] = [
    ['nothing said', () => '', 'two'],
    ['a branch', () => 'next', 'two'],
    ['a tag', () => 'v1', 'one'],
    ['a commit', ({ first }) => first, 'one'],
    ['a shortened commit', ({ first }) => first.slice(0, 10), 'one'],
  ];
  for (const [title, revision, version] of revisions) {
    test(`checks out the right commit with ${title}`, async () => {
      using folder = temporaryFolder();
      const repository = makeRepository(folder);
      mkdirSync(folder.join('source'));
      writeFileSync(folder.join('source/leftover'), '');
      const { url: URL } = repository;
      const { code, output } = await runStep(folder, 'clone', { URL, REVISION: revision(repository) });
      assert.equal(code, 0, output);
      assert.equal(readFileSync(folder.join('source/version'), 'utf8'), version);
      assert.equal(existsSync(folder.join('source/leftover')), false);
      const commit = version === 'one' ? repository.first : repository.last;
      assert.equal(readFileSync(folder.join('commit'), 'utf8'), commit);
      assert.match(output, new RegExp(`clone: file://.* at ${commit}\nclone: version ${version} \\(a, `));
    });
  }

  test('says that there is no such revision', async () => {
    using folder = temporaryFolder();
    const { url: URL } = makeRepository(folder);
    const { code, output } = await runStep(folder, 'clone', { URL, REVISION: 'v9' });
    assert.equal(code, 1);
    assert.match(output, /clone: file:\/\/.* has no branch, tag or commit "v9"\n$/);
  });

  test('says that nothing answers', async () => {
    using folder = temporaryFolder();
    const URL = `http://user:secret@127.0.0.1:${await freePort()}/a.git`;
    const { code, output } = await runStep(folder, 'clone', { URL });
    assert.equal(code, 1);
    assert.match(output, /clone: http:\/\/\*\*\*@127\.0\.0\.1:\d+\/a\.git does not answer as a Git server/);
    assert.equal(output.includes('secret'), false);
  });

  for (const [status, said] of [
    [401, /needs a user and a password or key/],
    [404, /is not a Git repository, or it is private/],
  ] as const) {
    test(`says what an answer ${status} means`, async () => {
      using folder = temporaryFolder();
      const headers = { 'www-authenticate': 'Basic realm="git"' };
      const server = createServer((_, response) => response.writeHead(status, headers).end());
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/private.git`;
      const { code, output } = await runStep(folder, 'clone', { URL });
      server.close();
      assert.equal(code, 1);
      assert.match(output, said);
    });
  }

  test('takes the source that is in the workspace, and says when there is none', async () => {
    using folder = temporaryFolder();
    const none = await runStep(folder, 'clone', {});
    assert.equal(none.code, 1);
    assert.match(none.output, /clone: no source: give URL/);
    writeFileSync(folder.join('source/Dockerfile'), 'FROM scratch');
    assert.equal((await runStep(folder, 'clone', {})).code, 0);
    assert.ok(existsSync(folder.join('source/Dockerfile')));
  });

  test('takes nothing for a URL or a revision that git would take for an option', async () => {
    using folder = temporaryFolder();
    const { url } = makeRepository(folder);
    const bad = await runStep(folder, 'clone', { URL: '--upload-pack=touch /tmp/x' });
    assert.match(bad.output, /clone: not a URL/);
    const worse = await runStep(folder, 'clone', { URL: url, REVISION: '--upload-pack=touch /tmp/x' });
    assert.match(worse.output, /clone: not a branch, tag or commit/);
  });
});

test('the step build hands over each argument as it is', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.join('source/app'), { recursive: true });
  writeFileSync(folder.join('source/app/Containerfile'), '');
  // The builder itself is tried end to end; here it only shows what it is given.
  writeFileSync(folder.join('slipway'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
  const env = {
    IMAGE: 'r.test/a:1',
    DOCKERFILE: 'Containerfile',
    CONTEXT: 'app',
    TARGET: 'final',
    CACHE_PATH: '',
    DIGEST_FILE: folder.join('digest'),
    URL_FILE: folder.join('url'),
  };
  const args = ['A=two words', 'B=$(id)', '--', '--no-cache', '--label', 'x=y z'];
  const { code, output } = await runStep(folder, 'build', env, args);
  assert.equal(code, 0, output);
  assert.deepEqual(output.trim().split('\n'), [
    ...['image', 'build', 'app', '-f', 'app/Containerfile', '-t', 'r.test/a:1', '--push'],
    ...['--store', '/var/lib/slipway-build', '--digest-file', folder.join('digest')],
    ...['--target', 'final', '--build-arg', 'A=two words', '--build-arg', 'B=$(id)'],
    ...['--no-cache', '--label', 'x=y z'],
  ]);
  assert.equal(readFileSync(folder.join('url'), 'utf8'), 'r.test/a:1');
});

describe('the step build of slipway-buildah', () => {
  const env = {
    ...{ IMAGE: 'r.test/a:1', DOCKERFILE: './Dockerfile', CONTEXT: 'app', TARGET: '', FORMAT: 'oci' },
    ...{ DRIVER: 'vfs', TLSVERIFY: 'true', BUILD_EXTRA_ARGS: '', PUSH_EXTRA_ARGS: '', SKIP_PUSH: 'false' },
    SSLCERTDIR_PATH: '',
  };

  /** The arguments with which buildah is called, a line a call. */
  async function calls(more: Record<string, string>, args: readonly string[] = []): Promise<string[]> {
    using folder = temporaryFolder();
    mkdirSync(folder.join('source/app'), { recursive: true });
    writeFileSync(folder.join('source/app/Dockerfile'), '');
    writeFileSync(folder.join('buildah'), '#!/bin/sh\nprintf "<%s>" "$@"\necho\n', { mode: 0o755 });
    const files = { DIGEST_FILE: '/digest', URL_FILE: folder.join('url') };
    const all = { ...env, ...files, ...more };
    const { code, output } = await runStep(folder, 'build', all, args, 'slipway-buildah');
    assert.equal(code, 0, output);
    assert.equal(readFileSync(folder.join('url'), 'utf8'), 'r.test/a:1');
    return output.trim().split('\n');
  }

  test('hands over each argument as it is, and keeps chroot from RUN', async () => {
    assert.deepEqual(await calls({ TARGET: 'final' }, ['A=two words', 'B=$(id)']), [
      '<build><--tls-verify=true><--cap-drop><CAP_SYS_CHROOT><--format><oci><--file><app/./Dockerfile><--tag><r.test/a:1>' +
        '<--target><final><--build-arg><A=two words><--build-arg><B=$(id)><app>',
      '<push><--tls-verify=true><--digestfile></digest><r.test/a:1><docker://r.test/a:1>',
    ]);
  });

  test('gives chroot back where it is asked for, and does not push where that is said', async () => {
    const more = { BUILD_EXTRA_ARGS: '--cap-add CAP_SYS_CHROOT --squash *', SKIP_PUSH: 'true' };
    assert.deepEqual(await calls(more), [
      '<build><--tls-verify=true><--format><oci><--file><app/./Dockerfile><--tag><r.test/a:1>' +
        '<--cap-add><CAP_SYS_CHROOT><--squash><*><app>',
    ]);
  });
});

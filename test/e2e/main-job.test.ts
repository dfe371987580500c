import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { execute, root, slipway } from '../cli.ts';
import { kubectl as runKubectl, startControlPlane } from '../control-plane.ts';
import { type SeededState, seededState } from '../seeded-state.ts';

describe('the main job: from a Git URL to a pushed image', () => {
  let state: SeededState;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-main-job-'));
    state = await seededState();
  });
  after(async () => {
    await state?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('the demo builds in a pod, pushes with the ServiceAccount’s token, pulls by digest and gets an answer', async () => {
    const demo = await slipway(['demo', state.option]);
    assert.equal(demo.code, 0, demo.stdout + demo.stderr);
    assert.match(demo.stdout, /^\[clone\] /m);
    assert.match(demo.stdout, /^\[build\] /m);
    assert.match(demo.stdout, /^digest +sha256:[0-9a-f]{64}$/m);
    assert.match(demo.stdout, /GET http:\/\/127\.0\.0\.1:\d+\/ → 200 hello from/);
    assert.equal((await slipway(['status', state.option])).code, 4, 'the demo leaves nothing running');
  });

  test('a folder is sent as it is, uncommitted changes included', async () => {
    const sources = join(folder, 'app');
    await cp(join(root, 'examples/hello-go'), sources, { recursive: true });
    await writeFile(join(sources, 'src/extra.go'), 'package main\n\nfunc init() { version = "changed" }\n');
    const build = await slipway([
      'build',
      sources,
      '--to',
      'cicd-demo/changed:1',
      '-o',
      'json',
      state.option,
    ]);
    assert.equal(build.code, 0, build.stderr);
    const image = JSON.parse(build.stdout) as { digest: string; reference: string; size: number };
    assert.match(image.digest, /^sha256:[0-9a-f]{64}$/);
    assert.ok(image.size > 1_000_000);
  });

  describe('with the control plane up', () => {
    let kubectl: (...args: string[]) => Promise<string>;
    let registry: string;
    before(async () => {
      const plane = await startControlPlane(state);
      registry = plane.registry;
      kubectl = (...args) => runKubectl(plane, folder, args);
    });

    test('skopeo reads the pushed image with a token from kubectl create token', async () => {
      const token = await kubectl('create', 'token', 'pipeline', '-n', 'cicd-demo');
      const inspect = await execute('skopeo', [
        'inspect',
        '--tls-verify=false',
        `--creds=anyone:${token}`,
        `docker://${registry}/cicd-demo/cicd-demo`,
      ]);
      assert.equal(inspect.code, 0, inspect.stderr);
      assert.equal(JSON.parse(inspect.stdout).Architecture, process.arch === 'x64' ? 'amd64' : process.arch);
    });

    test('a ServiceAccount of another namespace may not push, and is told which permission is missing', async () => {
      await kubectl('create', 'namespace', 'other');
      await kubectl('create', 'serviceaccount', 'builder', '-n', 'other');
      const token = await kubectl('create', 'token', 'builder', '-n', 'other');
      const layout = join(folder, 'layout');
      const own = await kubectl('create', 'token', 'pipeline', '-n', 'cicd-demo');
      const image = `docker://${registry}/cicd-demo/cicd-demo`;
      const pull = await execute('skopeo', [
        'copy',
        '--src-tls-verify=false',
        `--src-creds=a:${own}`,
        image,
        `oci:${layout}`,
      ]);
      assert.equal(pull.code, 0, pull.stderr);
      const push = await execute('skopeo', [
        'copy',
        '--dest-tls-verify=false',
        `--dest-creds=a:${token}`,
        `oci:${layout}`,
        `${image}:stolen`,
      ]);
      assert.notEqual(push.code, 0);
      assert.match(push.stderr, /system:serviceaccount:other:builder may not push/);
      assert.match(push.stderr, /update\W+ on imagestreams\/layers/);
      const tags = await execute('skopeo', ['list-tags', '--tls-verify=false', `--creds=a:${own}`, image]);
      assert.doesNotMatch(tags.stdout, /stolen/);
    });

    test('a build from Git through the running control plane', async () => {
      const tasks = await kubectl('get', 'taskruns', '-n', 'cicd-demo', '-o', 'name');
      assert.match(tasks, /taskrun/);
      const logs = await kubectl(
        'logs',
        '-n',
        'cicd-demo',
        '--all-containers',
        '-l',
        'tekton.dev/task=slipway-build',
        '--tail=-1',
      );
      assert.match(logs, /sha256:[0-9a-f]{64}/);
      assert.doesNotMatch(logs, /eyJhbGciOi/, 'no token in a log');
    });
  });
});

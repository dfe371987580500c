import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Task, TaskRun } from '@slipway/kube';
import type { BuildRequest } from './build-request.ts';
import { catalogTask, catalogTasks } from './catalog-task.ts';
import { methods } from './methods/methods.ts';
import { renderBuild } from './render-build.ts';

const request: BuildRequest = {
  method: 'native',
  namespace: 'demo',
  source: { url: 'https://git.test/app.git' },
  image: 'r.test:5000/demo/app:1',
};

const runOf = (build: BuildRequest): TaskRun => renderBuild(build).at(-1) as TaskRun;

test('the objects come in the order in which to apply them, all in the namespace', () => {
  const objects = renderBuild({ ...request, cacheSize: '5Gi' });
  assert.deepEqual(
    objects.map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name || metadata.generateName}`,
    ),
    [
      'ServiceAccount demo/pipeline',
      'RoleBinding demo/pipeline-image-builder',
      'PersistentVolumeClaim demo/slipway-build-cache',
      'Task demo/slipway-build',
      'TaskRun demo/app-build-',
    ],
  );
});

test('only what was said becomes a param', () => {
  assert.deepEqual(runOf(request).spec.params, [
    { name: 'IMAGE', value: request.image },
    { name: 'URL', value: 'https://git.test/app.git' },
  ]);
  const full = runOf({
    ...request,
    source: { bundle: 'r.test/demo/app@sha256:0' },
    dockerfile: 'docker/Dockerfile',
    context: 'app',
    target: 'final',
    buildArgs: { A: '1' },
    extraArgs: ['--no-cache'],
    serviceAccount: 'builder',
    timeout: '10m',
  });
  assert.deepEqual(Object.fromEntries((full.spec.params ?? []).map(({ name, value }) => [name, value])), {
    IMAGE: request.image,
    SOURCE_BUNDLE: 'r.test/demo/app@sha256:0',
    DOCKERFILE: 'docker/Dockerfile',
    CONTEXT: 'app',
    TARGET: 'final',
    BUILD_ARGS: ['A=1'],
    EXTRA_ARGS: ['--no-cache'],
  });
  assert.equal(full.spec.serviceAccountName, 'builder');
  assert.equal(full.spec.timeout, '10m');
});

const images: [image: string, prefix: string][] = [
  ['app', 'app-build-'],
  ['r.test:5000/a/b', 'b-build-'],
  ['r.test/a/My_App.x:1@sha256:0', 'my-app-x-build-'],
  [`r.test/${'a'.repeat(80)}`, `${'a'.repeat(40)}-build-`],
];
for (const [image, prefix] of images) {
  test(`the run that builds ${image.slice(0, 40)} is named ${prefix.slice(0, 20)}…`, () => {
    assert.equal(runOf({ ...request, image }).metadata.generateName, prefix);
  });
}

test('each method has its Task, and each param that it gives is one of the Task’s', () => {
  for (const method of methods.values()) {
    const declared = new Set(catalogTask(method.task).spec.params?.map(({ name }) => name));
    const given = method.params({ ...request, target: 't', buildArgs: { A: '1' } });
    for (const { name } of given) assert.ok(declared.has(name), `${method.task} has no param ${name}`);
  }
});

test('the Tasks of all methods fetch the source in the same way, and hand out the same results', () => {
  const [first, ...others] = [...methods.values()].map(({ task }) => shared(catalogTask(task)));
  for (const other of others) assert.deepEqual(other, first);
});

/** What a pipeline may rely on, whichever Task it names. */
function shared({ spec }: Task): object {
  const names = ['URL', 'REVISION', 'SUBMODULES', 'DEPTH', 'SOURCE_BUNDLE', 'TARGET', 'BUILD_ARGS'];
  const { params = [], steps = [], results, stepTemplate, workspaces = [] } = spec;
  return {
    params: names.map((name) => params.find((param) => param.name === name)),
    clone: steps[0],
    results,
    stepTemplate,
    workspaces: workspaces.filter(({ name }) => ['source', 'dockerconfig'].includes(name)),
  };
}

test('the params, workspaces and results of the well-known Tasks are there', () => {
  const known: Record<string, [params: string, workspaces: string]> = {
    'slipway-kaniko': ['IMAGE DOCKERFILE CONTEXT EXTRA_ARGS BUILDER_IMAGE', 'source dockerconfig'],
    'slipway-buildah': [
      'IMAGE BUILDER_IMAGE STORAGE_DRIVER DOCKERFILE CONTEXT TLSVERIFY FORMAT BUILD_EXTRA_ARGS PUSH_EXTRA_ARGS SKIP_PUSH BUILD_ARGS',
      'source sslcertdir dockerconfig',
    ],
    'slipway-docker': [
      'image builder_image dockerfile context build_extra_args push_extra_args',
      'source dockerconfig',
    ],
  };
  for (const [name, [params, workspaces]] of Object.entries(known)) {
    const { spec } = catalogTask(name);
    const has = (list: readonly { name: string }[] = []) => new Set(list.map((one) => one.name));
    for (const param of params.split(' ')) assert.ok(has(spec.params).has(param), `${name}: ${param}`);
    for (const one of workspaces.split(' ')) assert.ok(has(spec.workspaces).has(one), `${name}: ${one}`);
  }
});

test('the socket of another daemon is mounted where it is asked for', () => {
  const socket = (build: BuildRequest) =>
    (renderBuild(build).find(({ kind }) => kind === 'Task') as Task).spec.volumes?.find(
      ({ name }) => name === 'docker-socket',
    )?.hostPath;
  assert.deepEqual(socket({ ...request, method: 'docker' }), {
    path: '/var/run/docker.sock',
    type: 'Socket',
  });
  assert.deepEqual(socket({ ...request, method: 'docker', dockerSocket: '/run/d.sock' }), {
    path: '/run/d.sock',
    type: 'Socket',
  });
});

test('each method says the level of Pod Security that its Task needs', () => {
  for (const { name, task, podSecurity } of methods.values()) {
    const { steps = [], volumes = [] } = catalogTask(task).spec;
    const isPrivileged =
      steps.some(({ securityContext }) => securityContext?.privileged) ||
      volumes.some(({ hostPath }) => hostPath !== undefined);
    assert.equal(podSecurity === 'privileged', isPrivileged, name);
  }
});

test('docs/methods says of each method what the table says', () => {
  const file = new URL('../../../docs/methods/README.md', import.meta.url);
  const rows = readFileSync(file, 'utf8').split('\n');
  for (const { name, podSecurity, scc } of methods.values()) {
    const row = rows.find((line) => line.startsWith(`| [\`${name}\`]`)) ?? '';
    assert.ok(row.includes(`| \`${podSecurity}\` | \`${scc}\``), name);
  }
});

test('no script of the catalog has a param in its text', () => {
  for (const name of catalogTasks()) {
    for (const { script = '' } of catalogTask(name).spec.steps ?? []) {
      assert.equal(script.includes('$(params.'), false, `${name}: pass it by the environment`);
    }
  }
});

test('a method or Task that is not there is refused with those that are', () => {
  assert.throws(() => renderBuild({ ...request, method: 'magic' }), {
    code: 'METHOD_UNKNOWN',
    hint: 'one of: native, kaniko, buildah, docker',
  });
  assert.throws(() => catalogTask('nothing'), { code: 'CATALOG_TASK_UNKNOWN' });
});

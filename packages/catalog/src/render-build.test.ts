import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskRun } from '@slipway/kube';
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
    hint: 'one of: native',
  });
  assert.throws(() => catalogTask('nothing'), { code: 'CATALOG_TASK_UNKNOWN' });
});

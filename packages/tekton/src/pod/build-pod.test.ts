import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Pod, parseManifests, stringifyYaml, type TaskRun } from '@slipway/kube';
import { defaultConfig } from '../config.ts';
import { prepareTask } from '../taskrun/prepare.ts';
import { buildPod, podName } from './build-pod.ts';
import type { Credentials } from './credentials.ts';

const root = join(import.meta.dirname, '../../testdata/pods');
const none: Credentials = { orders: [], volumes: [], mounts: [], missing: [] };

function podOf(taskRun: TaskRun, credentials = none): Pod {
  const { taskSpec = {} } = taskRun.spec;
  const task = prepareTask(taskRun, { name: '', spec: taskSpec, labels: {}, annotations: {} });
  const { podSpec: spec, podTemplate } = task;
  return buildPod({ taskRun, spec, podTemplate, credentials, config: defaultConfig });
}

/** The Pod as the golden file shows it: the steps annotation as data. */
function readable(pod: Pod): unknown {
  const { 'slipway.dev/steps': steps, ...annotations } = pod.metadata.annotations ?? {};
  return { ...pod, metadata: { ...pod.metadata, annotations }, steps: JSON.parse(steps ?? 'null') };
}

const read = (file: string): unknown => parseManifests(readFileSync(file, 'utf8'), file)[0]?.object;

for (const name of readdirSync(root)) {
  test(`the Pod of testdata/pods/${name}`, () => {
    const pod = readable(podOf(read(join(root, name, 'taskrun.yaml')) as TaskRun));
    const file = join(root, name, 'pod.yaml');
    // A new case is a new folder with a taskrun.yaml; UPDATE_GOLDEN=1 writes its pod.yaml, to be read by its author.
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, stringifyYaml(pod as Pod));
    assert.deepEqual(pod, read(file));
  });
}

test('a retry has a Pod of its own', () => {
  const taskRun = read(join(root, 'minimal/taskrun.yaml')) as TaskRun;
  taskRun.status = { retriesStatus: [{}, {}] };
  assert.equal(podName(taskRun), 'hello-pod-retry2');
});

test('credentials are mounted into every step, and named in the annotation', () => {
  const taskRun = read(join(root, 'minimal/taskrun.yaml')) as TaskRun;
  const mount = { name: 'tekton-creds-1', mountPath: '/tekton/creds-secrets/regcred' };
  const volume = { name: 'tekton-creds-1', secret: { secretName: 'regcred' } };
  const order = { secret: 'regcred', kind: 'docker-config' as const };
  const pod = podOf(taskRun, { orders: [order], volumes: [volume], mounts: [mount], missing: [] });
  assert.deepEqual(pod.spec.volumes, [volume]);
  assert.deepEqual(pod.spec.containers[0]?.volumeMounts, [mount]);
  assert.deepEqual(JSON.parse(pod.metadata.annotations?.['slipway.dev/steps'] ?? '').credentials, [order]);
});

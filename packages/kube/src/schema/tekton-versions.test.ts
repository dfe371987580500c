import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../objects/metadata.ts';
import { kindSchema } from './kinds.ts';
import { pruneObject } from './prune.ts';

function unknownFields(version: string, kind: string, spec: object): string[] {
  const apiVersion = `tekton.dev/${version}`;
  const object: KubeObject = { apiVersion, kind, metadata: { name: 'x' }, spec };
  return pruneObject(object, kindSchema(apiVersion, kind)!).unknown;
}

const steps2019 = [{ image: 'a', command: ['sh'], resources: {}, ports: [], stdin: true }];
const resource = { name: 'source', type: 'git', targetPath: 'src', outputImageDir: '/x' };

test('v1alpha1 takes a Task in either of its shapes', () => {
  const old = { inputs: { params: [{ name: 'p', default: 'd' }], resources: [resource] } };
  assert.deepEqual(unknownFields('v1alpha1', 'Task', { ...old, steps: steps2019 }), []);
  const later = { params: [{ name: 'p' }], resources: { outputs: [resource] }, workspaces: [{ name: 'w' }] };
  assert.deepEqual(unknownFields('v1alpha1', 'Task', { ...later, steps: steps2019 }), []);
});

test('v1beta1 has resources, but not the inputs and outputs before it', () => {
  const spec = { resources: { inputs: [resource] }, inputs: {}, outputs: {}, steps: steps2019 };
  assert.deepEqual(unknownFields('v1beta1', 'Task', spec), ['spec.inputs', 'spec.outputs']);
});

test('v1 has none of them', () => {
  const spec = { resources: {}, inputs: {}, steps: [{ image: 'a', resources: {}, lifecycle: {} }] };
  assert.deepEqual(unknownFields('v1', 'Task', spec), [
    'spec.resources',
    'spec.inputs',
    'spec.steps[0].resources',
    'spec.steps[0].lifecycle',
  ]);
});

test('what an older version calls otherwise is unknown by its later name', () => {
  const names = { taskRunTemplate: {}, taskRunSpecs: [{ serviceAccountName: 'x', taskPodTemplate: {} }] };
  assert.deepEqual(unknownFields('v1beta1', 'PipelineRun', names), [
    'spec.taskRunTemplate',
    'spec.taskRunSpecs[0].serviceAccountName',
  ]);
  assert.deepEqual(unknownFields('v1beta1', 'TaskRun', { stepSpecs: [], serviceAccount: 'x' }), [
    'spec.stepSpecs',
    'spec.serviceAccount',
  ]);
});

test('Conditions are of v1alpha1, and Pipelines before v1 refer to them', () => {
  const check = { image: 'a', command: ['sh'], ports: [], script: 's' };
  const given = { params: [{ name: 'p', default: 'd' }], resources: [resource], check };
  assert.deepEqual(unknownFields('v1alpha1', 'Condition', given), []);
  const condition = { conditionRef: 'c', params: [], resources: [{ name: 'r', resource: 'x', from: ['t'] }] };
  const tasks = [{ name: 't', conditions: [{ ...condition, when: [] }] }];
  for (const version of ['v1alpha1', 'v1beta1']) {
    const unknown = ['spec.tasks[0].conditions[0].when'];
    assert.deepEqual(unknownFields(version, 'Pipeline', { tasks }), unknown);
  }
});

test('v1alpha1 runs keep what 2019 had', () => {
  const pod = { nodeSelector: { a: 'b' }, tolerations: [], affinity: {}, serviceAccount: 'x' };
  const ignored = { trigger: { type: 'manual' }, results: { type: 'gcs', url: 'x' } };
  assert.deepEqual(unknownFields('v1alpha1', 'TaskRun', { ...pod, ...ignored, inputs: {}, outputs: {} }), []);
  const accounts = { serviceAccounts: [{ taskName: 't', serviceAccount: 'x' }] };
  assert.deepEqual(unknownFields('v1alpha1', 'PipelineRun', { ...pod, ...ignored, ...accounts }), []);
});

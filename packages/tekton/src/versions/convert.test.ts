import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type KubeObject,
  kindSchema,
  parseManifests,
  pruneObject,
  stringifyYaml,
  validateObject,
} from '@slipway/kube';
import { convertVersion } from './convert.ts';

const root = join(import.meta.dirname, '../../testdata/versions');
const read = (file: string): KubeObject => parseManifests(readFileSync(file, 'utf8'), file)[0]!.object;

/** Fields that the schema of the object's own version does not have, or has otherwise. */
function schemaProblems(object: KubeObject): unknown[] {
  const kind = kindSchema(object.apiVersion, object.kind)!;
  return [...pruneObject(object, kind).unknown, ...validateObject(object, kind)];
}

for (const name of readdirSync(root)) {
  const version = existsSync(join(root, name, 'v1alpha1.yaml')) ? 'v1alpha1' : 'v1beta1';
  const older = read(join(root, name, `${version}.yaml`));

  test(`testdata/versions/${name}: ${version} in v1`, () => {
    const before = structuredClone(older);
    const v1 = convertVersion(older, 'v1');
    const file = join(root, name, 'v1.yaml');
    // A new case is a new folder with a v1alpha1.yaml or v1beta1.yaml; UPDATE_GOLDEN=1 writes its v1.yaml, to be read by its author.
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, stringifyYaml(v1));
    assert.deepEqual(v1, read(file));
    assert.deepEqual(older, before, 'the object given is not changed');
  });

  for (const to of ['v1alpha1', 'v1beta1', 'v1']) {
    test(`testdata/versions/${name}: what ${to} says fits its schema, and means the same`, () => {
      const v1 = convertVersion(older, 'v1');
      const other = convertVersion(older, to);
      assert.deepEqual(schemaProblems(other), []);
      assert.deepEqual(convertVersion(other, 'v1'), v1);
      assert.deepEqual(convertVersion(convertVersion(v1, to), 'v1'), v1);
    });
  }
}

test('a kind that has one version is left alone', () => {
  const resource = { apiVersion: 'tekton.dev/v1alpha1', kind: 'PipelineResource', metadata: { name: 'r' } };
  assert.equal(convertVersion(resource, 'v1'), resource);
});

test('a bundle is what the resolver of bundles fetches', () => {
  const run: KubeObject = {
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'TaskRun',
    metadata: { name: 'r' },
    spec: { taskRef: { name: 'build', bundle: 'registry/tasks:1' } },
  };
  const { spec } = convertVersion(run, 'v1') as KubeObject & { spec: { taskRef: unknown } };
  assert.deepEqual(spec.taskRef, {
    resolver: 'bundles',
    params: [
      { name: 'bundle', value: 'registry/tasks:1' },
      { name: 'name', value: 'build' },
      { name: 'kind', value: 'task' },
    ],
  });
});

test('an annotation that somebody else wrote stays what it is', () => {
  const task: KubeObject = {
    apiVersion: 'tekton.dev/v1',
    kind: 'Task',
    metadata: { name: 't', annotations: { 'tekton.dev/v1beta1Resources': 'no JSON' } },
    spec: { steps: [{ name: 's', image: 'a' }] },
  };
  assert.deepEqual(convertVersion(task, 'v1beta1'), { ...task, apiVersion: 'tekton.dev/v1beta1' });
});

test('v1alpha1 shows the TaskRuns of a PipelineRun by name', () => {
  const run: KubeObject = {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: { name: 'r' },
    status: { childReferences: [{ kind: 'TaskRun', name: 'r-build', pipelineTaskName: 'build' }] },
  };
  const { status } = convertVersion(run, 'v1alpha1') as KubeObject & { status: { taskRuns: unknown } };
  assert.deepEqual(status.taskRuns, { 'r-build': { pipelineTaskName: 'build' } });
});

test('v1alpha1 shows the checks of Conditions with the TaskRun of their task, and v1 is not misled by them', () => {
  const conditionChecks = { 'r-deploy-c-abcde': { conditionName: 'c', status: { podName: 'p' } } };
  const checks = { 'r-deploy': { pipelineTaskName: 'deploy', conditionChecks } };
  const annotations = { 'tekton.dev/v1beta1ConditionChecks': JSON.stringify(checks), own: 'x' };
  const child = {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    name: 'r-deploy',
    pipelineTaskName: 'deploy',
  };
  for (const childReferences of [[child], undefined]) {
    const status = { annotations, ...(childReferences && { childReferences }) };
    const run = {
      apiVersion: 'tekton.dev/v1',
      kind: 'PipelineRun',
      metadata: { name: 'r' },
      spec: {},
      status,
    };
    const alpha = convertVersion(run, 'v1alpha1');
    const { annotations: kept, taskRuns } = alpha.status as Record<string, unknown>;
    assert.deepEqual([kept, taskRuns], [{ own: 'x' }, checks]);
    assert.deepEqual((convertVersion(alpha, 'v1') as unknown as typeof run).status, status);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifests } from '@slipway/kube';
import { sortOut } from './sort-out.ts';

const head = (kind: string, name: string): string =>
  `apiVersion: tekton.dev/v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`;
const task = `${head('Task', 'greet')}spec: {params: [{name: who}, {name: list, type: array}], steps: []}\n`;
const pipeline = `${head('Pipeline', 'both')}spec: {params: [{name: list, type: array}], tasks: [{name: a, taskRef: {name: greet}}]}\n`;
const pipelineRun = `${head('PipelineRun', 'now')}spec: {pipelineRef: {name: both}, params: [{name: x, value: "1"}]}\n`;
const taskRun = `${head('TaskRun', 'once')}spec: {taskRef: {name: greet}}\n`;

const sorted = (texts: string[], options: Parameters<typeof sortOut>[1] = {}) =>
  sortOut(parseManifests(texts.join('---\n'), 'f.yaml'), options);

const rows: [title: string, texts: string[], runs: string[]][] = [
  ['a Task alone is run', [task], ['TaskRun greet']],
  ['a Task that a run names is not run again', [task, taskRun], ['TaskRun greet']],
  ['a Pipeline alone is run, its Task is not', [task, pipeline], ['PipelineRun both']],
  ['a Pipeline that a run names is not run again', [task, pipeline, pipelineRun], ['PipelineRun both']],
];
for (const [title, texts, want] of rows) {
  test(title, () => {
    const got = sorted(texts).runs.map(({ run }) =>
      run.kind === 'TaskRun'
        ? `TaskRun ${run.spec.taskRef?.name}`
        : `PipelineRun ${run.spec.pipelineRef?.name}`,
    );
    assert.deepEqual(got, want);
  });
}

test('runs are not applied, everything else is', () => {
  assert.deepEqual(
    sorted([task, pipeline, pipelineRun]).objects.map(({ object }) => object.kind),
    ['Task', 'Pipeline'],
  );
});

test('what the command line gives wins, with the types that the Pipeline declares', () => {
  const options = {
    param: { list: 'a,b', x: '2' },
    workspace: ['name=src,emptyDir='],
    serviceaccount: 'bot',
  };
  const [given] = sorted([task, pipeline, pipelineRun], options).runs;
  assert.deepEqual(given?.run.spec, {
    pipelineRef: { name: 'both' },
    params: [
      { name: 'list', value: ['a', 'b'] },
      { name: 'x', value: '2' },
    ],
    workspaces: [{ name: 'src', emptyDir: {} }],
    taskRunTemplate: { serviceAccountName: 'bot' },
  });
});

test('a TaskRun of a Task in the file gets its params by their declared types', () => {
  const [given] = sorted([task, taskRun], { param: { list: 'a,b' } }).runs;
  assert.deepEqual(given?.run.spec.params, [{ name: 'list', value: ['a', 'b'] }]);
});

test('a run of an older version stays as it was written, unless the command line says more', () => {
  const older = (text: string): string => text.replace('tekton.dev/v1', 'tekton.dev/v1alpha1');
  const oldTask = `${older(head('Task', 'greet'))}spec: {inputs: {params: [{name: list, type: array}]}, steps: []}\n`;
  const oldRun = `${older(head('TaskRun', 'once'))}spec: {taskRef: {name: greet}, inputs: {params: [{name: x, value: z}]}}\n`;
  const [asWritten] = sorted([oldTask, oldRun]).runs;
  assert.equal(asWritten?.run.apiVersion, 'tekton.dev/v1alpha1');
  const [given] = sorted([oldTask, oldRun], { param: { list: 'a,b' } }).runs;
  assert.equal(given?.run.apiVersion, 'tekton.dev/v1');
  assert.deepEqual(given?.run.spec.params, [
    { name: 'x', value: 'z' },
    { name: 'list', value: ['a', 'b'] },
  ]);
  const [derived] = sorted([oldTask], { param: { list: 'a,b' } }).runs;
  assert.deepEqual(derived?.run.spec.params, [{ name: 'list', value: ['a', 'b'] }]);
});

test('what is not of the types that it should be is left for the server to refuse', () => {
  const wrong = `${head('Task', 'greet').replace('/v1', '/v1alpha1')}spec: {params: {name: x}}\n`;
  assert.equal(sorted([wrong]).runs.length, 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PipelineRun } from '@slipway/kube';
import { taskRunNames } from './names.ts';

const run = (name: string, status: PipelineRun['status'] = {}): PipelineRun => ({
  apiVersion: 'tekton.dev/v1',
  kind: 'PipelineRun',
  metadata: { name },
  spec: {},
  status,
});

test('a TaskRun is named for its run and its task', () => {
  assert.deepEqual(taskRunNames(run('pr'), 'build', 1), ['pr-build']);
});

test('the TaskRuns of a matrix are numbered', () => {
  assert.deepEqual(taskRunNames(run('pr'), 'build', 2), ['pr-build-0', 'pr-build-1']);
});

test('names that the status has are kept', () => {
  const childReferences = [{ kind: 'TaskRun', name: 'old-name', pipelineTaskName: 'build' }];
  assert.deepEqual(taskRunNames(run('pr', { childReferences }), 'build', 3), ['old-name']);
});

test('long names are cut as kmeta cuts them, and stay different', () => {
  const names = taskRunNames(run('p'.repeat(50)), 'a-task-with-a-rather-long-name-of-its-own', 12);
  assert.equal(new Set(names).size, 12);
  for (const name of names) assert.ok(name.length <= 63, name);
  assert.equal(names[11]?.endsWith('-11'), true);
});

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { taskTable } from './task-table.ts';

test('the tasks of a PipelineRun in columns', () => {
  const table = taskTable(
    [
      {
        task: 'fetch',
        taskRun: 'r-fetch',
        result: 'succeeded',
        reason: 'Succeeded',
        message: '',
        startedMs: 12,
        durationMs: 1234,
      },
      {
        task: 'build',
        taskRun: 'r-build',
        result: 'failed',
        reason: 'StepFailed',
        message: 'm',
        startedMs: 1300,
        durationMs: 70,
      },
      { task: 'deploy', result: 'skipped', reason: 'PipelineRun was stopping', message: '' },
    ],
    new PassThrough(),
  );
  assert.deepEqual(table.split('\n'), [
    '  fetch   succeeded   +10ms  1.23s',
    '  build   StepFailed  +1.3s   70ms',
    '  deploy  skipped                   PipelineRun was stopping',
  ]);
});

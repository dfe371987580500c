import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isStatus, type PipelineTask, resources } from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { Cluster, echo, NAMESPACE } from './tekton/cluster.ts';
import { conditionOf, Pipelines, skips } from './tekton/pipelines.ts';

let cluster: Cluster;
let pipelines: Pipelines;
before(async () => {
  cluster = await Cluster.start();
  pipelines = new Pipelines(cluster);
});
after(() => cluster?.[Symbol.asyncDispose]());

const task = (name: string, more: Partial<PipelineTask> = {}): PipelineTask => ({
  name,
  taskSpec: echo,
  ...more,
});

describe('the end of a PipelineRun', () => {
  const spec = {
    pipelineSpec: {
      tasks: [task('one'), task('two', { runAfter: ['one'] })],
      finally: [task('tidy')],
    },
  };

  test('Cancelled stops everything at once', async () => {
    const run = await pipelines.create(spec);
    const pod = await cluster.podOf(await pipelines.taskRun(run, 'one'));
    await pipelines.patch(run, { status: 'Cancelled' });
    const done = await pipelines.with(run, 'Cancelled');
    assert.equal(conditionOf(done)?.message, `PipelineRun "${run.metadata.name}" was cancelled`);
    await cluster.goneOf(pod);
    const one = await pipelines.taskRun(run, 'one');
    assert.equal(
      one.spec.statusMessage,
      'TaskRun cancelled as the PipelineRun it belongs to has been cancelled.',
    );
    assert.deepEqual(await pipelines.started(run), ['one']);
  });

  test('CancelledRunFinally stops the tasks and runs finally', async () => {
    const run = await pipelines.create(spec);
    await pipelines.taskRun(run, 'one');
    await pipelines.patch(run, { status: 'CancelledRunFinally' });
    await pipelines.with(run, 'CancelledRunningFinally');
    await pipelines.end(run, 'tidy');
    const done = await pipelines.with(run, 'Cancelled');
    assert.deepEqual(skips(done), { two: 'PipelineRun was stopping' });
  });

  test('StoppedRunFinally lets the tasks end and runs finally', async () => {
    const run = await pipelines.create(spec);
    await pipelines.taskRun(run, 'one');
    await pipelines.patch(run, { status: 'StoppedRunFinally' });
    await pipelines.with(run, 'StoppedRunningFinally');
    await pipelines.end(run, 'one');
    await pipelines.end(run, 'tidy');
    const done = await pipelines.with(run, 'Cancelled');
    assert.deepEqual(skips(done), { two: 'PipelineRun was gracefully stopped' });
  });

  test('PipelineRunPending waits', async () => {
    const run = await pipelines.create({ ...spec, status: 'PipelineRunPending' });
    const waiting = await pipelines.with(run, 'PipelineRunPending');
    assert.equal(waiting.status?.startTime, undefined);
    assert.deepEqual(await pipelines.started(run), []);
    await pipelines.patch(run, { status: null });
    await pipelines.taskRun(run, 'one');
  });

  test('the time of the whole run is over', async () => {
    const run = await pipelines.create({ ...spec, timeouts: { pipeline: '1s' } });
    const done = await pipelines.with(run, 'PipelineRunTimeout');
    assert.equal(
      conditionOf(done)?.message,
      `PipelineRun "${run.metadata.name}" failed to finish within "1s"`,
    );
    const one = await pipelines.taskRun(run, 'one');
    assert.equal(one.spec.statusMessage, 'TaskRun cancelled as the PipelineRun it belongs to has timed out.');
    assert.equal(skips(done).tidy, undefined);
  });

  test('the time of the tasks is over: finally still runs', async () => {
    const run = await pipelines.create({ ...spec, timeouts: { pipeline: '1m', tasks: '1s' } });
    await pipelines.with(run, 'PipelineRunTimeoutRunningFinally');
    await pipelines.end(run, 'tidy');
    const done = await pipelines.with(run, 'PipelineRunTimeout');
    assert.match(conditionOf(done)?.message ?? '', /failed due to tasks failed to finish within "1s"$/);
  });

  test('the time of finally is over', async () => {
    const run = await pipelines.create({ ...spec, timeouts: { pipeline: '1m', finally: '1s' } });
    await pipelines.end(run, 'one');
    await pipelines.end(run, 'two');
    const done = await pipelines.with(run, 'Failed');
    assert.equal(conditionOf(done)?.message, 'Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 0');
  });

  test('its deletion takes its TaskRuns and Pods along', async () => {
    const run = await pipelines.create(spec);
    const one = await pipelines.taskRun(run, 'one');
    const pod = await cluster.podOf(one);
    await cluster.client.delete(resources.pipelineruns, run.metadata.name, { namespace: NAMESPACE });
    await cluster.goneOf(pod);
    const isGone = () =>
      cluster.read(one).then(
        () => false,
        (error) => isStatus(error, 'NotFound'),
      );
    await eventually(isGone, { what: 'the deletion of the TaskRun' });
  });
});

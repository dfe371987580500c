import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type Event,
  type PersistentVolumeClaim,
  type Pipeline,
  type PipelineTask,
  resources,
  type Task,
  type TaskSpec,
} from '@slipway/kube';
import { eventually, yaml } from '@slipway/testkit';
import { Cluster, echo, NAMESPACE } from './tekton/cluster.ts';
import { conditionOf, Pipelines, resultsOf, skips } from './tekton/pipelines.ts';

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
const giving = (...results: string[]): TaskSpec => ({ ...echo, results: results.map((name) => ({ name })) });

const MEASURE = yaml<Task>`
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: measure, namespace: default}
spec:
  params: [{name: words, type: array}]
  results: [{name: length}]
  steps: [{name: count, image: busybox, args: ["$(params.words[*])"]}]
`;

const CHAIN = yaml<Pipeline>`
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: chain, namespace: default, labels: {team: a}, annotations: {note: b}}
spec:
  params: [{name: who}, {name: line, default: "hello $(params.who)"}]
  results:
    - {name: length, value: "$(tasks.second.results.length)"}
    - {name: all, value: "$(tasks.first.results.words[*])"}
  tasks:
    - name: first
      displayName: words of $(params.line)
      taskSpec:
        metadata: {labels: {kind: splitter}}
        results: [{name: words, type: array}]
        steps: [{name: split, image: busybox, script: "echo $(params.line) in $(context.pipelineRun.name)"}]
    - name: second
      taskRef: {name: measure}
      params: [{name: words, value: ["$(tasks.first.results.words[*])", "$(tasks.first.results.words[1])!"]}]
  finally:
    - name: last
      params: [{name: s, value: "$(tasks.first.status)/$(tasks.status)/$(tasks.second.reason)"}]
      taskSpec:
        params: [{name: s}]
        steps: [{name: say, image: busybox, script: "echo $(params.s)"}]
`;

describe('a PipelineRun', () => {
  test('of a Pipeline runs its tasks in order, passes results, and tells all that clients ask', async () => {
    await cluster.client.create(resources.tasks, MEASURE);
    await cluster.client.create(resources.pipelines, CHAIN);
    const run = await pipelines.create({
      pipelineRef: { name: 'chain' },
      params: [{ name: 'who', value: 'you' }],
    });
    const { name, uid } = run.metadata;
    const first = await pipelines.taskRun(run, 'first');
    assert.equal(first.spec.taskSpec?.steps?.[0]?.script, `echo hello you in ${name}`);
    const { 'app.kubernetes.io/managed-by': _, ...labels } = first.metadata.labels ?? {};
    assert.deepEqual(labels, {
      team: 'a',
      kind: 'splitter',
      'tekton.dev/pipeline': 'chain',
      'tekton.dev/pipelineRun': name,
      'tekton.dev/pipelineRunUID': uid,
      'tekton.dev/pipelineTask': 'first',
      'tekton.dev/memberOf': 'tasks',
    });
    assert.equal(first.metadata.annotations?.note, 'b');
    assert.deepEqual(
      first.metadata.ownerReferences?.map(({ kind, uid: owner, controller }) => [kind, owner, controller]),
      [['PipelineRun', uid, true]],
    );
    const going = await pipelines.with(run, 'Running');
    assert.equal(
      conditionOf(going)?.message,
      'Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 0',
    );
    assert.deepEqual(await pipelines.started(run), ['first']);

    await pipelines.end(run, 'first', 0, { words: '["hello","you"]' });
    const second = await pipelines.taskRun(run, 'second');
    assert.deepEqual(second.spec.taskRef, { name: 'measure', kind: 'Task' });
    assert.deepEqual(second.spec.params, [{ name: 'words', value: ['hello', 'you', 'you!'] }]);
    await pipelines.end(run, 'second', 0, { length: '3' });
    const last = await pipelines.taskRun(run, 'last');
    assert.deepEqual(last.spec.params, [{ name: 's', value: 'Succeeded/Succeeded/Succeeded' }]);
    assert.equal(last.metadata.labels?.['tekton.dev/memberOf'], 'finally');
    await pipelines.end(run, 'last');

    const done = await pipelines.with(run, 'Succeeded');
    assert.equal(conditionOf(done)?.status, 'True');
    assert.equal(conditionOf(done)?.message, 'Tasks Completed: 3 (Failed: 0, Cancelled 0), Skipped: 0');
    assert.deepEqual(resultsOf(done), { length: '3', all: ['hello', 'you'] });
    assert.ok(done.status?.startTime && done.status.completionTime && done.status.finallyStartTime);
    assert.deepEqual(done.status.childReferences?.[0], {
      apiVersion: 'tekton.dev/v1',
      kind: 'TaskRun',
      name: `${name}-first`,
      displayName: 'words of hello you',
      pipelineTaskName: 'first',
    });
    assert.equal(done.metadata.labels?.['tekton.dev/pipeline'], 'chain');
    assert.equal(done.metadata.labels?.team, 'a');
    assert.equal(done.status.pipelineSpec?.tasks?.length, 2);
    const told = async (): Promise<boolean> => {
      const { items } = await cluster.client.list<Event>(resources.events, { namespace: NAMESPACE });
      const own = items.filter(({ involvedObject }) => involvedObject.name === name);
      return ['Started', 'Running', 'Succeeded'].every((want) => own.some(({ reason }) => reason === want));
    };
    await eventually(told, { what: 'the events' });
  });

  test('skips what its conditions forbid, but not what comes after it only in order', async () => {
    const run = await pipelines.create({
      pipelineSpec: {
        tasks: [
          task('guarded', {
            taskSpec: giving('r'),
            when: [{ input: 'a', operator: 'notin', values: ['a', 'b'] }],
          }),
          task('after', { runAfter: ['guarded'] }),
          task('wants', { params: [{ name: 'x', value: '$(tasks.guarded.results.r)' }] }),
          task('further', { runAfter: ['wants'] }),
        ],
        results: [{ name: 'gone', value: '$(tasks.guarded.results.r)' }],
      },
    });
    await pipelines.end(run, 'after');
    const done = await pipelines.with(run, 'Completed');
    assert.deepEqual(skips(done), {
      guarded: 'When Expressions evaluated to false',
      wants: 'Results were missing',
      further: 'Parent Tasks were skipped',
    });
    assert.equal(conditionOf(done)?.message, 'Tasks Completed: 1 (Failed: 0, Cancelled 0), Skipped: 3');
    assert.deepEqual(done.status?.skippedTasks?.[0]?.whenExpressions, [
      { input: 'a', operator: 'notin', values: ['a', 'b'] },
    ]);
    assert.equal(done.status?.results, undefined);
  });

  test('stops when a task fails: what runs ends, the rest is skipped, finally runs', async () => {
    const run = await pipelines.create({
      pipelineSpec: {
        tasks: [task('bad'), task('slow', { taskSpec: giving('r') }), task('never', { runAfter: ['bad'] })],
        finally: [
          task('tidy', { params: [{ name: 's', value: '$(tasks.status) $(tasks.never.status)' }] }),
          task('wants', { params: [{ name: 'r', value: '$(tasks.slow.results.r)' }] }),
        ],
      },
    });
    await pipelines.end(run, 'bad', 1);
    await pipelines.end(run, 'slow');
    const tidy = await pipelines.taskRun(run, 'tidy');
    assert.deepEqual(tidy.spec.params, [{ name: 's', value: 'Failed None' }]);
    await pipelines.end(run, 'tidy');
    const done = await pipelines.with(run, 'Failed');
    assert.deepEqual(skips(done), { never: 'PipelineRun was stopping', wants: 'Results were missing' });
    assert.equal(conditionOf(done)?.message, 'Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 2');
  });

  test('goes on after a task that may fail, and counts it', async () => {
    const run = await pipelines.create({
      pipelineSpec: { tasks: [task('may', { onError: 'continue' }), task('then', { runAfter: ['may'] })] },
    });
    await pipelines.end(run, 'may', 1);
    await pipelines.end(run, 'then');
    const done = await pipelines.with(run, 'Succeeded');
    assert.equal(
      conditionOf(done)?.message,
      'Tasks Completed: 2 (Failed: 1 (Ignored: 1), Cancelled 0), Skipped: 0',
    );
    assert.equal((await pipelines.taskRun(run, 'may')).status?.conditions?.[0]?.reason, 'FailureIgnored');
  });

  test('tries a task again', async () => {
    const run = await pipelines.create({ pipelineSpec: { tasks: [task('flaky', { retries: 1 })] } });
    await pipelines.end(run, 'flaky', 1);
    await pipelines.end(run, 'flaky', 0, {}, '-pod-retry1');
    await pipelines.with(run, 'Succeeded');
  });

  test('fails when a task that succeeded did not give a result that another wants', async () => {
    const run = await pipelines.create({
      pipelineSpec: {
        tasks: [
          task('forgets', { taskSpec: giving('r') }),
          task('wants', { params: [{ name: 'x', value: '$(tasks.forgets.results.r)' }] }),
        ],
        finally: [task('tidy')],
      },
    });
    await pipelines.end(run, 'forgets');
    await pipelines.end(run, 'tidy');
    const done = await pipelines.with(run, 'PipelineValidationFailed');
    assert.match(
      conditionOf(done)?.message ?? '',
      /Failed Validation: 1 \(task "forgets" completed successfully but did not emit the result "r", which is referenced by task "wants"\)$/,
    );
  });

  test('makes its claims, and gives tasks folders of them', async () => {
    const run = await pipelines.create({
      workspaces: [
        {
          name: 'disk',
          subPath: 'outer',
          volumeClaimTemplate: {
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
          },
        },
      ],
      taskRunTemplate: { serviceAccountName: 'default', podTemplate: { env: [{ name: 'A', value: '1' }] } },
      taskRunSpecs: [
        { pipelineTaskName: 'named', podTemplate: { env: [{ name: 'B', value: '2' }] }, timeout: '5m' },
      ],
      pipelineSpec: {
        workspaces: [{ name: 'disk' }],
        tasks: [
          task('named', {
            taskSpec: { ...echo, workspaces: [{ name: 'data' }] },
            workspaces: [{ name: 'data', workspace: 'disk', subPath: '$(context.pipelineRun.name)' }],
          }),
          task('implied', {
            taskSpec: { steps: [{ name: 'ls', image: 'busybox', script: 'ls $(workspaces.disk.path)' }] },
          }),
        ],
      },
    });
    const named = await pipelines.taskRun(run, 'named');
    const claim = named.spec.workspaces?.[0]?.persistentVolumeClaim?.claimName ?? '';
    assert.deepEqual(named.spec.workspaces, [
      { name: 'data', subPath: `outer/${run.metadata.name}`, persistentVolumeClaim: { claimName: claim } },
    ]);
    assert.deepEqual((await pipelines.taskRun(run, 'implied')).spec.workspaces, [
      { name: 'disk', subPath: 'outer', persistentVolumeClaim: { claimName: claim } },
    ]);
    assert.deepEqual(
      named.spec.podTemplate?.env?.map(({ name }) => name),
      ['A', 'B'],
    );
    assert.equal(named.spec.timeout, '5m0s');
    const made = await cluster.client.get<PersistentVolumeClaim>(
      resources.persistentvolumeclaims,
      claim,
      NAMESPACE,
    );
    assert.equal(made.metadata.ownerReferences?.[0]?.uid, run.metadata.uid);
  });

  test('runs a matrix once for each combination, and joins the results', async () => {
    const run = await pipelines.create({
      pipelineSpec: {
        tasks: [
          task('each', {
            taskSpec: giving('r'),
            displayName: 'on $(params.os)',
            matrix: {
              params: [
                { name: 'os', value: ['a', 'b'] },
                { name: 'cpu', value: ['x', 'y'] },
              ],
              include: [{ name: 'old', params: [{ name: 'os', value: 'z' }] }],
            },
          }),
          task('joined', {
            params: [
              { name: 'all', value: '$(tasks.each.results.r[*])' },
              { name: 'count', value: '$(tasks.each.matrix.length)' },
            ],
          }),
        ],
      },
    });
    for (let index = 0; index < 5; index += 1) {
      await pipelines.end(run, `each-${index}`, 0, { r: `r${index}` });
    }
    const joined = await pipelines.taskRun(run, 'joined');
    assert.deepEqual(joined.spec.params, [
      { name: 'all', value: ['r0', 'r1', 'r2', 'r3', 'r4'] },
      { name: 'count', value: '5' },
    ]);
    assert.deepEqual((await pipelines.taskRun(run, 'each-1')).spec.params, [
      { name: 'cpu', value: 'x' },
      { name: 'os', value: 'b' },
    ]);
    const names = (await pipelines.read(run)).status?.childReferences?.map(({ displayName }) => displayName);
    assert.deepEqual(names?.slice(0, 5), ['on a', 'on b', 'on a', 'on b', 'old']);
  });
});

test('a restart in the middle continues, and makes nothing twice', async () => {
  const run = await pipelines.create({
    pipelineSpec: {
      tasks: [
        task('one', { taskSpec: giving('r') }),
        task('two', { params: [{ name: 'x', value: '$(tasks.one.results.r)' }] }),
      ],
    },
  });
  const one = await pipelines.taskRun(run, 'one');
  const pod = await cluster.podOf(one);
  await cluster.stopTekton();
  // As after a crash between making the TaskRun and writing the status.
  const known = await pipelines.read(run);
  await cluster.client.update(resources.pipelineruns, { ...known, status: {} }, { subresource: 'status' });
  await cluster.report(pod, 'Succeeded', {
    terminated: {
      exitCode: 0,
      reason: 'Completed',
      startedAt: '2026-01-01T00:00:01Z',
      finishedAt: '2026-01-01T00:00:02Z',
      message: JSON.stringify([{ key: 'r', value: 'kept', type: 1 }]),
    },
  });
  await cluster.startTekton();
  const two = await pipelines.taskRun(run, 'two');
  assert.deepEqual(two.spec.params, [{ name: 'x', value: 'kept' }]);
  assert.equal((await pipelines.taskRun(run, 'one')).metadata.uid, one.metadata.uid);
  await pipelines.end(run, 'two');
  await pipelines.with(run, 'Succeeded');
});

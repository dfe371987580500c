// ClusterTasks, which runs of every namespace may name: v1alpha1 and v1beta1 had them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type KubeObject, type Pod, resources, type TaskRun } from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { Cluster, NAMESPACE } from './tekton/cluster.ts';
import { Pipelines } from './tekton/pipelines.ts';

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.start();
  await cluster.client.create(resources.clustertasks, greet);
});
after(() => cluster?.[Symbol.asyncDispose]());

const greet = {
  apiVersion: 'tekton.dev/v1beta1',
  kind: 'ClusterTask',
  metadata: { name: 'greet' },
  spec: {
    params: [{ name: 'who', default: 'all' }],
    steps: [{ name: 'say', image: 'busybox', args: ['$(params.who)'], resources: { limits: { cpu: '1' } } }],
  },
} as KubeObject;

/** What the run's Pod says, and its limit of processors. */
function said(pod: Pod): unknown {
  const [step] = pod.spec.containers;
  return [step?.args, step?.resources?.limits];
}

test('a TaskRun runs one', async () => {
  const run = await cluster.createRun({ taskRef: { name: 'greet', kind: 'ClusterTask' } });
  assert.deepEqual(said(await cluster.podOf(run)), [['all'], { cpu: '1' }]);
});

test('so does a task of a Pipeline, beside a Task with the same name', async () => {
  const own = { steps: [{ name: 'say', image: 'busybox', args: ['own'] }] };
  const metadata = { name: 'greet', namespace: NAMESPACE };
  await cluster.client.create(resources.tasks, {
    apiVersion: 'tekton.dev/v1',
    kind: 'Task',
    metadata,
    spec: own,
  });
  const pipelines = new Pipelines(cluster);
  const run = await pipelines.create({
    pipelineSpec: {
      tasks: [
        { name: 'own', taskRef: { name: 'greet' } },
        {
          name: 'all',
          taskRef: { name: 'greet', kind: 'ClusterTask' },
          params: [{ name: 'who', value: 'you' }],
        },
      ],
    },
  });
  const child = (task: string): Promise<TaskRun> =>
    eventually(
      () =>
        cluster.client
          .get<TaskRun>(resources.taskruns, `${run.metadata.name}-${task}`, NAMESPACE)
          .catch(() => false as const),
      {
        what: `the TaskRun of ${task}`,
      },
    );
  assert.deepEqual(said(await cluster.podOf(await child('own'))), [['own'], undefined]);
  assert.deepEqual(said(await cluster.podOf(await child('all'))), [['you'], { cpu: '1' }]);
});

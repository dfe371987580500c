// PipelineResources of Pipelines: what reaches the TaskRuns, and every refusal.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type KubeObject,
  type PersistentVolumeClaim,
  type PipelineRun,
  resources,
  type TaskRun,
} from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { Cluster, ended, NAMESPACE } from './tekton/cluster.ts';

const RESOURCES = 'tekton.dev/v1beta1Resources';
const SPEC_RESOURCES = 'tekton.dev/v1beta1PipelineSpecResources';
const TASKS_RESOURCES = 'tekton.dev/v1beta1TasksResources';
const TASK_SPEC_RESOURCES = 'tekton.dev/v1beta1TaskSpecResources';

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.start();
});
after(() => cluster?.[Symbol.asyncDispose]());

const git = { type: 'git', params: [{ name: 'url', value: 'https://git.test/app.git' }] };
const taskSpec = { steps: [{ name: 'x', image: 'busybox', command: ['true'] }] };
const workspace = { name: 'workspace', type: 'git' };

/** Two tasks: the second takes what the first made of the repository. */
const handOver = {
  declared: [{ name: 'source-repo', type: 'git' }],
  tasks: {
    change: {
      inputs: [{ name: 'workspace', resource: 'source-repo' }],
      outputs: [{ name: 'result', resource: 'source-repo' }],
      declared: { inputs: [workspace], outputs: [{ name: 'result', type: 'git' }] },
    },
    check: {
      inputs: [{ name: 'workspace', resource: 'source-repo', from: ['change'] }],
      declared: { inputs: [workspace] },
    },
  },
};

function create(
  bound: object[],
  { declared, tasks }: { declared: object[]; tasks: object } = handOver,
): Promise<PipelineRun> {
  return cluster.client.create<PipelineRun>(resources.pipelineruns, {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: {
      name: '',
      generateName: 'run-',
      namespace: NAMESPACE,
      annotations: {
        [RESOURCES]: JSON.stringify(bound),
        [SPEC_RESOURCES]: JSON.stringify(declared),
        [TASKS_RESOURCES]: JSON.stringify(tasks),
      },
    },
    spec: {
      pipelineSpec: {
        tasks: [
          { name: 'change', taskSpec },
          { name: 'check', taskSpec, runAfter: ['change'] },
        ],
      },
    },
  });
}

const childOf = (run: PipelineRun, task: string): Promise<TaskRun> =>
  eventually(
    () => cluster.client.get<TaskRun>(resources.taskruns, `${run.metadata.name}-${task}`, NAMESPACE),
    { what: `the TaskRun of ${task}` },
  );

const resourcesOf = (run: TaskRun): unknown => JSON.parse(run.metadata.annotations?.[RESOURCES] ?? 'null');

describe('the TaskRuns of a Pipeline with resources', () => {
  test('get the resources of the run; what a task hands on lies on the claim of the run', async () => {
    const run = await create([{ name: 'source-repo', resourceSpec: git }]);
    const change = await childOf(run, 'change');
    assert.deepEqual(resourcesOf(change), {
      inputs: [{ name: 'workspace', resourceSpec: git }],
      outputs: [{ name: 'result', resourceSpec: git, paths: ['/pvc/change/result'] }],
    });
    assert.deepEqual(
      JSON.parse(change.metadata.annotations?.[TASK_SPEC_RESOURCES] ?? ''),
      handOver.tasks.change.declared,
    );
    const claim = await cluster.client.get<PersistentVolumeClaim>(
      resources.persistentvolumeclaims,
      `${run.metadata.name}-pvc`,
      NAMESPACE,
    );
    assert.equal(claim.metadata.ownerReferences?.[0]?.uid, run.metadata.uid);
    await cluster.report(await cluster.podOf(change), 'Succeeded', ended(0), ended(0), ended(0));
    const check = await childOf(run, 'check');
    assert.deepEqual(resourcesOf(check), {
      inputs: [{ name: 'workspace', resourceSpec: git, paths: ['/pvc/change/result'] }],
      outputs: [],
    });
    const pod = await cluster.podOf(check);
    assert.deepEqual(pod.spec.containers[0]?.command?.slice(-2), [
      '/pvc/change/result',
      '/workspace/workspace',
    ]);
  });

  test('of a Pipeline that is named are the same', async () => {
    await cluster.client.create(resources.pipelineresources, {
      apiVersion: 'tekton.dev/v1alpha1',
      kind: 'PipelineResource',
      metadata: { name: 'app', namespace: NAMESPACE },
      spec: git,
    } as KubeObject);
    const tasks = {
      build: { inputs: [{ name: 'workspace', resource: 'repo' }], declared: { inputs: [workspace] } },
    };
    await cluster.client.create(resources.pipelines, {
      apiVersion: 'tekton.dev/v1',
      kind: 'Pipeline',
      metadata: {
        name: 'named',
        namespace: NAMESPACE,
        annotations: {
          [RESOURCES]: JSON.stringify([{ name: 'repo', type: 'git' }]),
          [TASKS_RESOURCES]: JSON.stringify(tasks),
        },
      },
      spec: { tasks: [{ name: 'build', taskSpec }] },
    } as KubeObject);
    const run = await cluster.client.create<PipelineRun>(resources.pipelineruns, {
      apiVersion: 'tekton.dev/v1',
      kind: 'PipelineRun',
      metadata: {
        name: 'named-run',
        namespace: NAMESPACE,
        annotations: { [RESOURCES]: JSON.stringify([{ name: 'repo', resourceRef: { name: 'app' } }]) },
      },
      spec: { pipelineRef: { name: 'named' } },
    });
    const build = await childOf(run, 'build');
    assert.deepEqual(resourcesOf(build), {
      inputs: [{ name: 'workspace', resourceRef: { name: 'app' } }],
      outputs: [],
    });
    const pod = await cluster.podOf(build);
    assert.match(pod.spec.containers[0]?.name ?? '', /^step-git-source-app-/);
  });
});

describe('a PipelineRun whose resources do not fit ends, and says what to do', () => {
  const bound = [{ name: 'source-repo', resourceSpec: git }];
  const stranger = { ...handOver, tasks: { check: handOver.tasks.check } };
  const refusals: [title: string, reason: string, run: () => Promise<PipelineRun>, message: RegExp][] = [
    [
      'one is missing',
      'InvalidPipelineResourceBindings',
      () => create([]),
      /it lacks \[source-repo \(git\)\]: add each to spec\.resources/,
    ],
    [
      'one is unknown',
      'InvalidPipelineResourceBindings',
      () => create([...bound, { name: 'other', resourceSpec: git }]),
      /the Pipeline does not declare \[other\]/,
    ],
    [
      'one does not exist',
      'CouldntGetResource',
      () => create([{ name: 'source-repo', resourceRef: { name: 'gone' } }]),
      /there is no PipelineResource "gone" in namespace default: apply it there/,
    ],
    [
      'one has another type',
      'CouldntGetResource',
      () => create([{ name: 'source-repo', resourceSpec: { type: 'image' } }]),
      /should be type "git" but was "image"/,
    ],
    [
      'a task does not give what another wants from it',
      'InvalidPipelineResourceBindings',
      () => create(bound, stranger),
      /input "workspace" is from task "change", which does not have the resource "source-repo" as output/,
    ],
  ];
  for (const [title, reason, start, message] of refusals) {
    test(title, async () => {
      const run = await start();
      const done = await eventually(
        async () => {
          const now = await cluster.client.get<PipelineRun>(
            resources.pipelineruns,
            run.metadata.name,
            NAMESPACE,
          );
          return now.status?.completionTime !== undefined && now;
        },
        { what: 'the end of the run' },
      );
      const condition = done.status?.conditions?.[0];
      assert.equal(condition?.reason, reason, condition?.message);
      assert.match(condition?.message ?? '', message);
    });
  }
});

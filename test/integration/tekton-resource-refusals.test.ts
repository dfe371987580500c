// PipelineResources of TaskRuns that do not fit: every refusal, and what it tells to do.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type KubeObject, type Pod, resources, type TaskRun, type TaskSpec } from '@slipway/kube';
import { Cluster, NAMESPACE, succeeded } from './tekton/cluster.ts';
import {
  both,
  git,
  gitInput,
  image,
  RESOURCES,
  runWithResources,
  resourceSpec as spec,
} from './tekton/resource-runs.ts';

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.start();
});
after(() => cluster?.[Symbol.asyncDispose]());

const runOf = (...parts: [declared: object, bound: object, taskSpec?: Partial<TaskSpec>, more?: object]) =>
  runWithResources(cluster, ...parts);

describe('a run whose resources do not fit ends, and says what to do', () => {
  const input = (resourceSpec: object, more: object = {}) => ({
    declared: { inputs: [{ ...gitInput, ...more }] },
    bound: { inputs: [{ name: 'git-source', resourceSpec }] },
  });
  const refusals: [
    title: string,
    reason: string,
    parts: { declared: object; bound: object; steps?: object[] },
    message: RegExp,
  ][] = [
    [
      'no binding',
      'TaskRunValidationFailed',
      { declared: both.declared, bound: {} },
      /invalid input resources: resource "git-source" of type "git" is required but has not been bound: add it to inputs\.resources/,
    ],
    [
      'a binding that nobody asked for',
      'TaskRunValidationFailed',
      { declared: {}, bound: both.bound },
      /the Task does not declare the resource "git-source": it has no inputs/,
    ],
    [
      'another type',
      'TaskRunValidationFailed',
      input(image),
      /resource "git-source" should be type "git" but was "image"/,
    ],
    [
      'an unknown type',
      'TaskRunValidationFailed',
      input(spec('svn', {}), { type: 'svn' }),
      /has the type "svn": it must be one of \[git storage image/,
    ],
    [
      'no such PipelineResource',
      'TaskRunResolutionFailed',
      {
        declared: both.declared,
        bound: { ...both.bound, inputs: [{ name: 'git-source', resourceRef: { name: 'gone' } }] },
      },
      /couldn't retrieve referenced input PipelineResource "gone": there is none in namespace default; apply it there/,
    ],
    [
      'neither reference nor spec',
      'TaskRunValidationFailed',
      { declared: { inputs: [gitInput] }, bound: { inputs: [{ name: 'git-source' }] } },
      /neither resourceRef nor resourceSpec/,
    ],
    [
      'no URL',
      'TaskRunValidationFailed',
      input(spec('git', {})),
      /"git-source" of type git has no param "url"/,
    ],
    [
      'an unknown variable',
      'TaskRunValidationFailed',
      {
        ...both,
        steps: [{ name: 'x', image: 'busybox', command: ['echo', '$(resources.inputs.git-source.ulr)'] }],
      },
      /non-existent variable \$\(resources\.inputs\.git-source\.ulr\): "git-source", of type git, has \[URL revision/,
    ],
    [
      'a bucket',
      'TaskRunValidationFailed',
      input(spec('storage', { type: 'gcs', location: 'gs://bucket' }), { type: 'storage' }),
      /Google Cloud Storage needs gsutil, which is not here: .* http:\/\/, https:\/\/, file:\/\//,
    ],
    [
      'a pull request',
      'TaskRunValidationFailed',
      input(spec('pullRequest', { url: 'https://github.com/a/b/pull/1' }), { type: 'pullRequest' }),
      /needs the API of its forge .* refs\/pull\/<number>\/head/,
    ],
    [
      'an event without a target',
      'TaskRunValidationFailed',
      {
        declared: { outputs: [{ name: 'sink', type: 'cloudEvent' }] },
        bound: { outputs: [{ name: 'sink', resourceSpec: spec('cloudEvent', {}) }] },
      },
      /param "targetURI" must be an http/,
    ],
    [
      'an annotation of another shape',
      'TaskRunValidationFailed',
      { declared: { inputs: 'all' }, bound: {} },
      /invalid inputs\.resources: it is not a list/,
    ],
    [
      'a name that is a path',
      'TaskRunValidationFailed',
      { declared: { inputs: [{ name: '../x', type: 'git' }] }, bound: {} },
      /"\.\.\/x" is no name of a resource/,
    ],
  ];
  for (const [title, reason, { declared, bound, steps }, message] of refusals) {
    test(title, async () => {
      const taskSpec = steps ? { steps: steps as NonNullable<TaskSpec['steps']> } : {};
      const done = await cluster.runWith(await runOf(declared, bound, taskSpec), reason);
      assert.match(succeeded(done)?.message ?? '', message);
      assert.equal(done.status?.podName, undefined);
      const pods = await cluster.client.list<Pod>(resources.pods, { namespace: NAMESPACE });
      assert.ok(!pods.items.some(({ metadata }) => metadata.name.startsWith(done.metadata.name)));
    });
  }

  test('two Secrets for one URL', async () => {
    const secret = (name: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: NAMESPACE, annotations: { 'tekton.dev/git-0': 'https://git.test' } },
      type: 'kubernetes.io/basic-auth',
      stringData: { username: 'a', password: 'b' },
    });
    for (const name of ['one', 'two']) await cluster.client.create(resources.secrets, secret(name));
    await cluster.client.create(resources.serviceaccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'torn', namespace: NAMESPACE },
      secrets: [{ name: 'one' }, { name: 'two' }],
    } as KubeObject);
    const run = await runOf({}, {}, {}, { serviceAccountName: 'torn' });
    const done = await cluster.runWith(run, 'PodCreationFailed');
    const message = succeeded(done)?.message ?? '';
    assert.match(
      message,
      /ServiceAccount "torn" have multiple entries for url: https:\/\/git\.test .*in "one" and in "two"/,
    );
  });
});

test('what a Task declares is not taken for what a run of it gives', async () => {
  await cluster.client.create(resources.tasks, {
    apiVersion: 'tekton.dev/v1',
    kind: 'Task',
    metadata: {
      name: 'old',
      namespace: NAMESPACE,
      annotations: { [RESOURCES]: JSON.stringify({ inputs: [gitInput] }) },
    },
    spec: { steps: [{ name: 'x', image: 'busybox', command: ['true'] }] },
  } as KubeObject);
  await cluster.client.create(resources.pipelineresources, {
    apiVersion: 'tekton.dev/v1alpha1',
    kind: 'PipelineResource',
    metadata: { name: 'app', namespace: NAMESPACE },
    spec: git,
  } as KubeObject);
  const annotations = {
    [RESOURCES]: JSON.stringify({ inputs: [{ name: 'git-source', resourceRef: { name: 'app' } }] }),
  };
  const create = (given: Readonly<Record<string, string>>): Promise<TaskRun> =>
    cluster.client.create<TaskRun>(resources.taskruns, {
      apiVersion: 'tekton.dev/v1',
      kind: 'TaskRun',
      metadata: { name: '', generateName: 'old-', namespace: NAMESPACE, annotations: given },
      spec: { taskRef: { name: 'old' } },
    });
  const pod = await cluster.podOf(await create(annotations));
  assert.match(pod.spec.containers[0]!.name, /^step-git-source-app-/);
  const failed = await cluster.runWith(await create({}), 'TaskRunValidationFailed');
  assert.match(succeeded(failed)?.message ?? '', /required but has not been bound/);
});

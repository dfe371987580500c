// PipelineResources of TaskRuns: the Pod that they become, and what the status says.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import {
  type KubeObject,
  ownerReference,
  type Pod,
  resources,
  type TaskRun,
  type TaskSpec,
} from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { Cluster, ended, NAMESPACE, succeeded } from './tekton/cluster.ts';
import {
  both,
  git,
  gitInput,
  RESOURCES,
  runWithResources,
  resourceSpec as spec,
  TASK_SPEC_RESOURCES,
} from './tekton/resource-runs.ts';

const RESULT = 'tekton.dev/v1beta1ResourcesResult';
const EVENTS = 'tekton.dev/v1beta1CloudEvents';

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.start();
});
after(() => cluster?.[Symbol.asyncDispose]());

const runOf = (...parts: [declared: object, bound: object, taskSpec?: Partial<TaskSpec>, more?: object]) =>
  runWithResources(cluster, ...parts);

const stepsOf = (pod: Pod): { container: string; results: string[]; script?: string }[] =>
  JSON.parse(pod.metadata.annotations?.['slipway.dev/steps'] ?? '{}').steps;

describe('the Pod of a run with resources', () => {
  test('clones before, reads digests after, and every variable is replaced', async () => {
    const args = [
      '$(resources.inputs.git-source.url) $(resources.inputs.git-source.revision) $(resources.inputs.git-source.path)',
      '$(resources.outputs.docker-image.url)|$(resources.outputs.docker-image.digest)|$(resources.outputs.docker-image.path)',
      '$(params.context) $(cat /etc/hostname) ${HOME}',
      '$(resources.inputs.git-source.name) $(resources.inputs.git-source.type) $(inputs.resources.git-source.depth)',
    ];
    const params = [{ name: 'context', value: '$(resources.inputs.git-source.path)/src' }];
    const steps = [
      { name: 'build', image: '$(resources.outputs.docker-image.url)', command: ['echo'], args },
    ];
    const run = await runOf(both.declared, both.bound, { steps, params: [{ name: 'context' }] }, { params });
    const pod = await cluster.podOf(run);
    const [clone, build, exporter] = pod.spec.containers;
    assert.match(clone!.name, /^step-git-source-git-source-[a-z0-9]{5}$/);
    assert.match(exporter!.name, /^step-image-digest-exporter-[a-z0-9]{5}$/);
    assert.equal(build!.image, 'registry.test:5000/demo/app');
    assert.deepEqual(build!.args, [
      'https://me:secret@git.test/app.git v1 /workspace/git-source',
      'registry.test:5000/demo/app||/workspace/output/docker-image',
      '/workspace/git-source/src $(cat /etc/hostname) ${HOME}',
      'git-source git 1',
    ]);
    const value = (name: string) => clone!.env?.find((variable) => variable.name === name)?.value;
    assert.deepEqual([value('REVISION'), value('TARGET')], ['v1', '/workspace/git-source']);
    assert.ok(stepsOf(pod).every(({ script }) => !script?.includes('git.test')));
    const { workingDirs } = JSON.parse(pod.metadata.annotations?.['slipway.dev/steps'] ?? '');
    assert.ok(workingDirs.includes('/workspace/output/docker-image'));
    assert.equal(pod.metadata.annotations?.[RESOURCES], undefined);
  });

  test('has the home folder of its time, shared by the steps; a step may have its own', async () => {
    const own = { name: 'own', image: 'busybox', command: ['true'], env: [{ name: 'HOME', value: '/root' }] };
    const steps = [{ name: 'build', image: 'busybox', command: ['true'] }, own];
    const pod = await cluster.podOf(
      await runOf({ inputs: [gitInput] }, { inputs: both.bound.inputs }, { steps }),
    );
    const homes = pod.spec.containers.map(({ env }) =>
      env?.filter(({ name }) => name === 'HOME').map(({ value }) => value),
    );
    assert.deepEqual(homes, [['/builder/home'], ['/builder/home'], ['/root']]);
    for (const container of pod.spec.containers) {
      assert.ok(container.volumeMounts?.some(({ mountPath }) => mountPath === '/builder/home'));
    }
  });

  test('targetPath, and an output that is an input as well', async () => {
    const target = { ...gitInput, targetPath: 'go/src/app' };
    const declared = { inputs: [target], outputs: [gitInput] };
    const bound = { inputs: both.bound.inputs, outputs: both.bound.inputs };
    const steps = [
      {
        name: 'build',
        image: 'busybox',
        workingDir: '$(resources.inputs.git-source.path)',
        command: ['echo', '$(resources.outputs.git-source.path)'],
      },
    ];
    const pod = await cluster.podOf(await runOf(declared, bound, { steps }));
    assert.equal(pod.spec.containers[1]?.workingDir, '/workspace/go/src/app');
    assert.deepEqual(pod.spec.containers[1]?.command, ['echo', '/workspace/go/src/app']);
  });

  test('an optional resource may be absent', async () => {
    const optional = { ...gitInput, optional: true };
    const steps = [
      { name: 'x', image: 'busybox', command: ['echo', '[$(resources.inputs.git-source.url)]'] },
    ];
    const pod = await cluster.podOf(await runOf({ inputs: [optional] }, {}, { steps }));
    assert.deepEqual(
      pod.spec.containers.map(({ command }) => command),
      [['echo', '[]']],
    );
  });

  test('a cluster becomes a kubeconfig; what is in Secrets stays there', async () => {
    const secrets = [{ fieldName: 'token', secretName: 'prod', secretKey: 'tokenKey' }];
    const resourceSpec = spec(
      'cluster',
      { name: 'prod', url: 'https://10.1.2.3', username: 'admin' },
      { secrets },
    );
    const declared = { inputs: [{ name: 'target', type: 'cluster' }] };
    const steps = [
      {
        name: 'x',
        image: 'busybox',
        command: ['echo', '$(resources.inputs.target.name)', '$(resources.inputs.target.insecure)'],
      },
    ];
    const pod = await cluster.podOf(
      await runOf(declared, { inputs: [{ name: 'target', resourceSpec }] }, { steps }),
    );
    const [kubeconfig, own] = pod.spec.containers;
    const { valueFrom } = kubeconfig!.env!.find(({ name }) => name === 'TOKEN')!;
    assert.deepEqual(valueFrom, { secretKeyRef: { name: 'prod', key: 'tokenKey' } });
    const files = kubeconfig!.env!.find(({ name }) => name === 'FILES')!.value;
    assert.equal(files, '["/workspace/prod/kubeconfig","/workspace/target/kubeconfig"]');
    assert.deepEqual(own!.command, ['echo', 'prod', 'true']);
  });

  test('in a pipeline, what another task left comes from the claim of the run', async () => {
    const paths = ['/pvc/first/git-source'];
    const bound = {
      inputs: [{ name: 'git-source', resourceSpec: git, paths }],
      outputs: [{ name: 'git-source', resourceSpec: git, paths: ['/pvc/second/git-source'] }],
    };
    const owner = await cluster.client.create(resources.pipelineruns, {
      apiVersion: 'tekton.dev/v1',
      kind: 'PipelineRun',
      metadata: { name: 'release', namespace: NAMESPACE },
      spec: { status: 'PipelineRunPending', pipelineRef: { name: 'release' } },
    } as KubeObject);
    const ownerReferences = [ownerReference(owner)];
    const run = await cluster.client.create<TaskRun>(resources.taskruns, {
      apiVersion: 'tekton.dev/v1',
      kind: 'TaskRun',
      metadata: {
        name: 'release-second',
        namespace: NAMESPACE,
        ownerReferences,
        annotations: {
          [TASK_SPEC_RESOURCES]: JSON.stringify({ inputs: [gitInput], outputs: [gitInput] }),
          [RESOURCES]: JSON.stringify(bound),
        },
      },
      spec: { taskSpec: { steps: [{ name: 'x', image: 'busybox', command: ['true'] }] } },
    });
    const pod = await cluster.podOf(run);
    const [copyIn, , copyOut] = pod.spec.containers;
    assert.deepEqual(copyIn?.command?.slice(-2), ['/pvc/first/git-source', '/workspace/git-source']);
    assert.deepEqual(copyOut?.command?.slice(-2), ['/workspace/git-source', '/pvc/second/git-source']);
    const claim = pod.spec.volumes?.find(({ persistentVolumeClaim }) => persistentVolumeClaim);
    assert.equal(claim?.persistentVolumeClaim?.claimName, 'release-pvc');
    assert.ok(
      copyIn?.volumeMounts?.some(({ name, mountPath }) => name === claim?.name && mountPath === '/pvc'),
    );
  });
});

describe('the status of a run with resources', () => {
  test('has the commit, the URL without password and the digest when it succeeded', async () => {
    const run = await runOf(both.declared, both.bound);
    const pod = await cluster.podOf(run);
    const digest = `sha256:${'1'.repeat(64)}`;
    await cluster.report(
      pod,
      'Succeeded',
      ended(0, ['commit', 'abc', 4]),
      ended(0),
      ended(0, ['docker-image', digest, 4]),
    );
    const done = await cluster.runWith(run, 'Succeeded');
    assert.doesNotMatch(JSON.stringify(done.status), /secret|#!\/bin\/sh/);
    const gitRef = { resourceName: 'git-source', resourceRef: { name: 'git-source' } };
    assert.deepEqual(JSON.parse(done.status?.annotations?.[RESULT] ?? '[]'), [
      { key: 'commit', value: 'abc', ...gitRef },
      { key: 'url', value: 'https://git.test/app.git', ...gitRef },
      {
        name: 'docker-image',
        digest,
        key: 'digest',
        value: digest,
        resourceName: 'docker-image',
        resourceRef: { name: 'docker-image' },
      },
    ]);
  });

  test('has none when it failed', async () => {
    const run = await runOf(both.declared, both.bound);
    const pod = await cluster.podOf(run);
    await cluster.report(pod, 'Failed', ended(0, ['commit', 'abc', 4]), ended(1), ended(1));
    const done = await cluster.runWith(run, 'StepFailed');
    assert.equal(done.status?.annotations?.[RESULT], undefined);
  });

  for (const [title, answer, condition, message] of [
    ['is sent', 202, 'Sent', /^$/],
    ['that is refused is recorded', 500, 'Failed', /answered 500/],
  ] as const) {
    test(`a cloud event ${title}, once, when the run ends`, async () => {
      const received: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
      const server = createServer(async (request, response) => {
        received.push({ headers: request.headers, body: await textOf(request) });
        response.writeHead(answer).end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const targetURI = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
        const declared = { outputs: [{ name: 'sink', type: 'cloudEvent' }] };
        const bound = { outputs: [{ name: 'sink', resourceSpec: spec('cloudEvent', { targetURI }) }] };
        const steps = [
          { name: 'x', image: 'busybox', command: ['echo', '$(resources.outputs.sink.target-uri)'] },
        ];
        const run = await runOf(declared, bound, { steps });
        const pod = await cluster.podOf(run);
        assert.deepEqual(pod.spec.containers[0]?.command, ['echo', targetURI]);
        await cluster.report(pod, 'Succeeded', ended(0));
        const deliveries = await eventually(
          async () => {
            const [delivery] = JSON.parse((await cluster.read(run)).status?.annotations?.[EVENTS] ?? '[]');
            return delivery?.status.condition !== 'Unknown' && delivery;
          },
          { what: 'the delivery', deadlineMs: 5000 },
        );
        assert.equal(deliveries.target, targetURI);
        assert.equal(deliveries.status.condition, condition);
        assert.match(deliveries.status.message, message);
        assert.equal(received.length, 1);
        const { headers, body } = received[0]!;
        assert.equal(headers['ce-specversion'], '1.0');
        assert.equal(headers['ce-type'], 'dev.tekton.event.task.successful.v1');
        assert.equal(
          headers['ce-source'],
          `/apis/tekton.dev/v1/namespaces/default/taskruns/${run.metadata.name}`,
        );
        assert.equal(JSON.parse(body).taskRun.metadata.uid, run.metadata.uid);
        assert.equal(succeeded(await cluster.read(run))?.reason, 'Succeeded');
      } finally {
        server.close();
        server.closeAllConnections();
      }
    });
  }
});

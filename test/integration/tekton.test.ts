import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  type Event,
  ownerReference,
  type PersistentVolumeClaim,
  type Pod,
  resources,
  type Secret,
  type ServiceAccount,
  type Task,
  type TaskRun,
} from '@slipway/kube';
import { eventually, yaml } from '@slipway/testkit';
import { Cluster, echo, ended, NAMESPACE, running, succeeded } from './tekton/cluster.ts';

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.start();
});
after(() => cluster?.[Symbol.asyncDispose]());

describe('a TaskRun', () => {
  test('of a Task succeeds with results, and tells so', async () => {
    await cluster.client.create<Task>(
      resources.tasks,
      yaml<Task>`
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: greet, namespace: default, labels: {team: a}, annotations: {note: b}}
spec:
  params: [{name: who}, {name: list, type: array, default: []}, {name: git, properties: {rev: {}}, default: {rev: main}}]
  results: [{name: greeting}, {name: parts, type: array}]
  steps:
    - name: say
      image: busybox
      script: echo hello $(params.who) $(params.git.rev) > $(results.greeting.path)
      args: ["$(params.list[*])"]
`,
    );
    const run = await cluster.createRun({
      taskRef: { name: 'greet' },
      params: [
        { name: 'who', value: 'you' },
        { name: 'list', value: ['x', 'y'] },
      ],
    });
    const pod = await cluster.podOf(run);
    const steps = JSON.parse(pod.metadata.annotations?.['slipway.dev/steps'] ?? '{}');
    assert.equal(steps.steps[0].script, '#!/bin/sh\nset -e\necho hello you main > /tekton/results/greeting');
    assert.deepEqual(pod.spec.containers[0]?.args, ['x', 'y']);
    assert.equal(pod.metadata.labels?.['tekton.dev/task'], 'greet');
    assert.equal(pod.metadata.labels?.['tekton.dev/taskRun'], run.metadata.name);

    await cluster.report(pod, 'Running', running);
    const going = await cluster.runWith(run, 'Running');
    assert.equal(going.status?.steps?.[0]?.running?.startedAt, '2026-01-01T00:00:01Z');
    await cluster.report(pod, 'Succeeded', ended(0, ['greeting', 'hello you', 1], ['parts', '["a","b"]', 1]));

    const done = await cluster.runWith(run, 'Succeeded');
    assert.deepEqual(done.status?.results, [
      { name: 'greeting', type: 'string', value: 'hello you' },
      { name: 'parts', type: 'array', value: ['a', 'b'] },
    ]);
    assert.ok(done.status?.startTime && done.status.completionTime);
    assert.equal(done.status.podName, `${run.metadata.name}-pod`);
    assert.equal(done.metadata.labels?.team, 'a');
    assert.equal(done.metadata.annotations?.note, 'b');
    const told = await eventually(
      async () => {
        const { items } = await cluster.client.list<Event>(resources.events, { namespace: NAMESPACE });
        const reasons = items
          .filter(({ involvedObject }) => involvedObject.name === run.metadata.name)
          .map(({ reason }) => reason);
        return reasons.includes('Succeeded') && reasons;
      },
      { what: 'the events' },
    );
    assert.ok(told.includes('Started'));
  });

  test('whose step fails says which, and how to read its log', async () => {
    const run = await cluster.createRun({
      taskSpec: { steps: [...echo.steps!, { name: 'two', image: 'busybox' }] },
    });
    await cluster.report(await cluster.podOf(run), 'Failed', ended(7), ended(1, ['Reason', 'Skipped', 3]));
    const done = await cluster.runWith(run, 'StepFailed');
    assert.equal(
      succeeded(done)?.message,
      `"step-echo" exited with code 7 (image: "busybox@sha256:1"); for logs run: kubectl -n default logs ${run.metadata.name}-pod -c step-echo`,
    );
    assert.deepEqual(
      done.status?.steps?.map(({ terminationReason }) => terminationReason),
      ['Error', 'Skipped'],
    );
  });

  test('goes on after a step that may fail', async () => {
    const step = { name: 'may', image: 'busybox', onError: 'continue' };
    const run = await cluster.createRun({ taskSpec: { steps: [step] } });
    const pod = await cluster.podOf(run);
    assert.match(pod.metadata.annotations?.['slipway.dev/steps'] ?? '', /"onError":"continue"/);
    await cluster.report(pod, 'Succeeded', ended(0, ['ExitCode', '3', 3]));
    const done = await cluster.runWith(run, 'Succeeded');
    assert.equal(done.status?.steps?.[0]?.terminated?.exitCode, 3);
    assert.equal(done.status?.steps?.[0]?.terminationReason, 'Continued');
  });

  test('that takes too long is stopped, and its Pod deleted', async () => {
    const run = await cluster.createRun({ taskSpec: echo, timeout: '1s' });
    const pod = await cluster.podOf(run);
    await cluster.report(pod, 'Running', running);
    const done = await cluster.runWith(run, 'TaskRunTimeout');
    assert.equal(succeeded(done)?.message, `TaskRun "${run.metadata.name}" failed to finish within "1s"`);
    assert.equal(done.status?.steps?.[0]?.terminationReason, 'TaskRunTimeout');
    await cluster.goneOf(pod);
  });

  test('is cancelled as tkn cancels it', async () => {
    const run = await cluster.createRun({ taskSpec: echo });
    const pod = await cluster.podOf(run);
    await cluster.report(pod, 'Running', running);
    await cluster.runWith(run, 'Running');
    await cluster.patchRun(
      run,
      { op: 'replace', path: '/spec/status', value: 'TaskRunCancelled' },
      { op: 'replace', path: '/spec/statusMessage', value: 'enough' },
    );
    const done = await cluster.runWith(run, 'TaskRunCancelled');
    assert.equal(succeeded(done)?.message, `TaskRun "${run.metadata.name}" was cancelled. enough`);
    assert.equal(
      done.status?.steps?.[0]?.terminated?.message,
      `Step echo terminated as pod ${run.metadata.name}-pod is terminated`,
    );
    await cluster.goneOf(pod);
  });

  test('is tried again as often as it may', async () => {
    const run = await cluster.createRun({ taskSpec: echo, retries: 1 });
    await cluster.report(await cluster.podOf(run), 'Failed', ended(1));
    await cluster.report(await cluster.podOf(run, '-pod-retry1'), 'Failed', ended(2));
    const done = await cluster.runWith(run, 'StepFailed');
    assert.equal(done.status?.retriesStatus?.length, 1);
    assert.equal(done.status?.retriesStatus?.[0]?.podName, `${run.metadata.name}-pod`);
    assert.equal(done.status?.podName, `${run.metadata.name}-pod-retry1`);
  });

  test('whose image cannot be had fails with the reason', async () => {
    const run = await cluster.createRun({ taskSpec: echo });
    const pod = await cluster.podOf(run);
    await cluster.report(pod, 'Pending', { waiting: { reason: 'ErrImagePull', message: 'no such image' } });
    await cluster.runWith(run, 'PullImageFailed');
    await cluster.report(pod, 'Pending', {
      waiting: { reason: 'ImagePullBackOff', message: 'no such image' },
    });
    const done = await cluster.runWith(run, 'TaskRunImagePullFailed');
    assert.equal(
      succeeded(done)?.message,
      `the step "echo" in TaskRun "${run.metadata.name}" failed to pull the image "busybox". The pod errored with the message: "no such image."`,
    );
  });

  test('that is pending starts when it is no longer', async () => {
    const run = await cluster.createRun({ taskSpec: echo, status: 'TaskRunPending' });
    const pending = await cluster.runWith(run, 'TaskRunPending');
    assert.equal(pending.status?.startTime, undefined);
    await cluster.patchRun(run, { op: 'remove', path: '/spec/status' });
    await cluster.podOf(run);
  });

  test('gets a claim of its own from a template', async () => {
    const run = await cluster.createRun({
      taskSpec: { ...echo, workspaces: [{ name: 'w' }] },
      workspaces: [
        {
          name: 'w',
          volumeClaimTemplate: {
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        },
      ],
    });
    const pod = await cluster.podOf(run);
    const claim = pod.spec.volumes?.find(({ persistentVolumeClaim }) => persistentVolumeClaim);
    const name = claim?.persistentVolumeClaim?.claimName ?? '';
    const made = await cluster.client.get<PersistentVolumeClaim>(
      resources.persistentvolumeclaims,
      name,
      NAMESPACE,
    );
    assert.equal(made.metadata.ownerReferences?.[0]?.uid, run.metadata.uid);
  });
});

describe('a TaskRun beside others', () => {
  test('is over before its sidecars, whose end is written when it comes', async () => {
    const run = await cluster.createRun({
      taskSpec: { ...echo, sidecars: [{ name: 'db', image: 'busybox' }] },
    });
    const pod = await cluster.podOf(run);
    await cluster.report(pod, 'Running', ended(0), running);
    const over = await cluster.runWith(run, 'Succeeded');
    assert.ok(over.status?.sidecars?.[0]?.running);
    await cluster.report(pod, 'Succeeded', ended(0), ended(0));
    await eventually(async () => (await cluster.read(run)).status?.sidecars?.[0]?.terminated !== undefined, {
      what: 'the end of the sidecar',
    });
  });

  test('mounts the credentials of its ServiceAccount, and tells which are missing', async () => {
    const { client } = cluster;
    const metadata = { name: 'regcred', namespace: NAMESPACE };
    const data = { '.dockerconfigjson': Buffer.from('{"auths":{}}').toString('base64') };
    const type = 'kubernetes.io/dockerconfigjson';
    await client.create<Secret>(resources.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      type,
      data,
    });
    await client.create<ServiceAccount>(resources.serviceaccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'pusher', namespace: NAMESPACE },
      secrets: [{ name: 'regcred' }, { name: 'lost' }],
    });
    const run = await cluster.createRun({ taskSpec: echo, serviceAccountName: 'pusher' });
    const pod = await cluster.podOf(run);
    const mount = pod.spec.containers[0]?.volumeMounts?.find(({ name }) => name.startsWith('tekton-creds-'));
    assert.equal(mount?.mountPath, '/tekton/creds-secrets/regcred');
    const { credentials } = JSON.parse(pod.metadata.annotations?.['slipway.dev/steps'] ?? '{}');
    assert.deepEqual(credentials, [{ secret: 'regcred', kind: 'docker-config' }]);
    await eventually(
      async () => {
        const { items } = await client.list<Event>(resources.events, { namespace: NAMESPACE });
        return items.find(({ reason }) => reason === 'FailedToRetrieveSecret')?.message?.includes('lost');
      },
      { what: 'the event about the missing Secret' },
    );
  });
});

describe('a controller that starts', () => {
  const podNamed = (name: string, owner: TaskRun | undefined): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: NAMESPACE,
      labels: { 'tekton.dev/taskRun': name },
      ...(owner ? { ownerReferences: [ownerReference(owner, { controller: true })] } : {}),
    },
    spec: { containers: [{ name: 'step-echo', image: 'busybox' }] },
  });

  test('takes the Pod that was made just before a crash', async () => {
    await cluster.stopTekton();
    const run = await cluster.createRun({ taskSpec: echo });
    const made = await cluster.client.create(resources.pods, podNamed(`${run.metadata.name}-pod`, run));
    await cluster.startTekton();
    const going = await cluster.runWith(run, 'Pending');
    assert.equal(going.status?.podName, made.metadata.name);
    await cluster.report(made, 'Succeeded', ended(0));
    await cluster.runWith(run, 'Succeeded');
  });

  test('takes the result of steps that ended while it was away, even when the time is over', async () => {
    const run = await cluster.createRun({ taskSpec: echo, timeout: '1s' });
    const pod = await cluster.podOf(run);
    await cluster.runWith(run, 'Pending');
    await cluster.stopTekton();
    await cluster.report(pod, 'Succeeded', ended(0));
    await setTimeout(2100);
    await cluster.startTekton();
    await cluster.runWith(run, 'Succeeded');
  });

  test('does not take the Pod of another', async () => {
    await cluster.stopTekton();
    const run = await cluster.createRun({ taskSpec: echo });
    await cluster.client.create(resources.pods, podNamed(`${run.metadata.name}-pod`, undefined));
    await cluster.startTekton();
    const done = await cluster.runWith(run, 'PodCreationFailed');
    assert.match(succeeded(done)?.message ?? '', /a Pod of that name exists and belongs to something else$/);
  });

  test('starts no run that was cancelled before', async () => {
    await cluster.stopTekton();
    const run = await cluster.createRun({ taskSpec: echo });
    await cluster.patchRun(run, { op: 'replace', path: '/spec/status', value: 'TaskRunCancelled' });
    await cluster.startTekton();
    const done = await cluster.runWith(run, 'TaskRunCancelled');
    assert.equal(done.status?.podName, undefined);
  });
});

test('a run goes on where it was when the controller starts again', async () => {
  const run = await cluster.createRun({ taskSpec: echo });
  const pod = await cluster.podOf(run);
  await cluster.report(pod, 'Running', running);
  await cluster.runWith(run, 'Running');
  await cluster.stopTekton();
  await cluster.report(pod, 'Succeeded', ended(0));
  const waiting = await cluster.createRun({ taskSpec: echo });
  await cluster.startTekton();
  await cluster.runWith(run, 'Succeeded');
  await cluster.podOf(waiting);
});

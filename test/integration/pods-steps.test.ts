import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Pod, resources, type StepsAnnotation } from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { type Machine, sh, startMachine } from './pods/machine.ts';

let machine: Machine;

before(async () => {
  machine = await startMachine();
});

after(async () => await machine[Symbol.asyncDispose]());

type Order = Partial<Omit<StepsAnnotation, 'steps'>> & { steps: Partial<StepsAnnotation['steps'][number]>[] };

async function steps(
  name: string,
  order: Order,
  containers: Pod['spec']['containers'],
  more: Partial<Pod['spec']> = {},
): Promise<Pod> {
  const annotation = JSON.stringify({
    version: 1,
    results: { directory: '/tekton/results' },
    workingDirs: [],
    ...order,
  });
  await machine.pod(name, { ...more, containers }, { 'slipway.dev/steps': annotation });
  return await machine.over(name);
}

const ended = (pod: Pod, name: string) =>
  pod.status?.containerStatuses?.find((status) => status.name === name)?.state?.terminated;

type Entry = { key: string; value: string; type: number };
const message = (pod: Pod, name: string): Entry[] => JSON.parse(ended(pod, name)?.message ?? '[]');
const value = (pod: Pod, name: string, key: string): string | undefined =>
  message(pod, name).find((entry) => entry.key === key)?.value;

test('steps run in order, share /workspace and results, and say what they wrote', async () => {
  const order = {
    steps: [
      {
        container: 'step-one',
        script:
          '#!/bin/sh\necho "$1" > /workspace/f; printf 42 > /tekton/results/answer; printf s > /tekton/steps/step-one/results/own',
        results: ['own'],
      },
      { container: 'step-two' },
    ],
    results: { directory: '/tekton/results', names: ['answer', 'missing'] },
    workingDirs: ['/workspace/a/b'],
  };
  const two = sh(
    'step-two',
    'cat /workspace/f /tekton/results/answer /tekton/steps/step-one/exitCode /tekton/steps/step-one/results/own; pwd',
    { workingDir: '/workspace/a/b' },
  );
  const pod = await steps('order', order, [{ name: 'step-one', args: ['hello $(x)'] }, two]);
  assert.equal(pod.status?.phase, 'Succeeded');
  assert.equal(await machine.logs('order', 'step-two'), 'hello $(x)\n420s/workspace/a/b\n');
  assert.deepEqual(message(pod, 'step-one').slice(0, 2), [
    { key: 'answer', value: '42', type: 1 },
    { key: 'own', value: 's', type: 4 },
  ]);
  assert.match(value(pod, 'step-one', 'StartedAt') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('after a failed step the others are skipped', async () => {
  const pod = await steps('fail', { steps: [{ container: 'step-a' }, { container: 'step-b' }] }, [
    sh('step-a', 'exit 7'),
    sh('step-b', 'echo never'),
  ]);
  assert.equal(pod.status?.phase, 'Failed');
  assert.deepEqual([ended(pod, 'step-a')?.exitCode, ended(pod, 'step-b')?.exitCode], [7, 1]);
  assert.equal(value(pod, 'step-b', 'Reason'), 'Skipped');
  assert.equal(await machine.logs('fail', 'step-b'), '');
});

test('onError continue: the next step runs, and the own exit code is told', async () => {
  const order: Order = { steps: [{ container: 'step-a', onError: 'continue' }, { container: 'step-b' }] };
  const pod = await steps('continue', order, [
    sh('step-a', 'exit 7'),
    sh('step-b', 'cat /tekton/steps/step-a/exitCode'),
  ]);
  assert.equal(pod.status?.phase, 'Succeeded');
  assert.deepEqual([ended(pod, 'step-a')?.exitCode, value(pod, 'step-a', 'ExitCode')], [0, '7']);
  assert.equal(await machine.logs('continue', 'step-b'), '7');
});

test('a step over its timeout', async () => {
  const pod = await steps('slow', { steps: [{ container: 'step-a', timeoutSeconds: 0.3 }] }, [
    sh('step-a', 'sleep 60'),
  ]);
  assert.deepEqual([ended(pod, 'step-a')?.exitCode, value(pod, 'step-a', 'Reason')], [1, 'TimeoutExceeded']);
});

test('results over 4096 bytes fail the step, in Tekton’s words', async () => {
  const order = {
    steps: [{ container: 'step-a' }],
    results: { directory: '/tekton/results', names: ['big'] },
  };
  const pod = await steps('big', order, [
    sh('step-a', 'head -c 5000 /dev/zero | tr "\\0" x > /tekton/results/big'),
  ]);
  assert.deepEqual([pod.status?.phase, ended(pod, 'step-a')?.exitCode], ['Failed', 1]);
  assert.match(await machine.logs('big', 'step-a'), /Termination message is above max allowed size 4096/);
});

test('attack: a result that is a link to a file of the machine, or a FIFO', async () => {
  const order = {
    steps: [{ container: 'step-a', results: ['r'] }],
    results: { directory: '/tekton/results', names: ['leak', 'up'] },
  };
  const script =
    'ln -s /etc/passwd /tekton/results/leak; ln -s ../../../../../../../../../etc/passwd /tekton/results/up; ln -s /etc/passwd /tekton/steps/step-a/results/r; exit 0';
  const pod = await steps('leak', order, [sh('step-a', script)]);
  assert.deepEqual(
    message(pod, 'step-a').map(({ key }) => key),
    ['StartedAt'],
  );
});

test('sidecars start before the steps and are ended after them, as a success', async () => {
  const sidecar = sh(
    'sidecar-db',
    'touch /workspace/ready; trap "exit 9" TERM; while :; do sleep 0.02; done',
  );
  const volumes = [{ name: 'w', emptyDir: {} }];
  const volumeMounts = [{ name: 'w', mountPath: '/workspace' }];
  const wait = sh('step-a', 'until ls /workspace/ready; do sleep 0.02; done', { volumeMounts });
  const pod = await steps(
    'sidecar',
    { steps: [{ container: 'step-a' }] },
    [wait, { ...sidecar, volumeMounts }],
    { volumes },
  );
  assert.equal(pod.status?.phase, 'Succeeded');
  assert.deepEqual([ended(pod, 'sidecar-db')?.exitCode, ended(pod, 'sidecar-db')?.reason], [0, 'Completed']);
});

test('a sidecar that does not want to end holds up the pod for seconds only', async () => {
  const stubborn = sh('sidecar-s', 'trap "" TERM; while :; do sleep 0.02; done');
  const begun = performance.now();
  const pod = await steps('stubborn', { steps: [{ container: 'step-a' }] }, [sh('step-a', 'true'), stubborn]);
  assert.equal(pod.status?.phase, 'Succeeded');
  assert.ok(performance.now() - begun < 10_000);
});

test('results of earlier steps in env, command and args', async () => {
  const one = sh(
    'step-one',
    'cd /tekton/steps/step-one/results; printf v1 > text; printf \'["a b","c"]\' > list; printf \'{"k":"o"}\' > map',
  );
  const two = sh('step-two', 'echo "$TEXT $0 $@"', {
    env: [{ name: 'TEXT', value: '<$(steps.one.results.text)>' }],
    args: [
      '$(steps.one.results.list[1])',
      '$(steps.one.results.list[*])',
      '$(steps.one.results.map.k)',
      '$(other)',
    ],
  });
  const pod = await steps(
    'references',
    { steps: [{ container: 'step-one', results: ['text', 'list', 'map'] }, { container: 'step-two' }] },
    [one, two],
  );
  assert.equal(pod.status?.phase, 'Succeeded');
  assert.equal(await machine.logs('references', 'step-two'), '<v1> c a b c o $(other)\n');
});

test('a result that no earlier step has written: the step fails and its log says why', async () => {
  const two = sh('step-two', 'true', { env: [{ name: 'X', value: '$(steps.one.results.none)' }] });
  const order = { steps: [{ container: 'step-one', results: ['none'] }, { container: 'step-two' }] };
  const pod = await steps('no-reference', order, [sh('step-one', 'true'), two]);
  assert.equal(pod.status?.phase, 'Failed');
  assert.match(await machine.logs('no-reference', 'step-two'), /steps\.one\.results\.none.*has not written/);
});

test('a sidecar that takes its time to end does not hold up a deletion', async () => {
  const order = JSON.stringify({ version: 1, steps: [{ container: 'step-a' }] });
  const stubborn = sh('sidecar-s', 'trap "" TERM; while :; do sleep 0.02; done');
  await machine.pod(
    'hurry',
    { containers: [sh('step-a', 'true'), stubborn] },
    { 'slipway.dev/steps': order },
  );
  await machine.until('hurry', 'step over', (pod) => ended(pod, 'step-a') !== undefined);
  await machine.server.client.delete(resources.pods, 'hurry', {
    namespace: 'default',
    gracePeriodSeconds: 0,
  });
  await eventually(async () => !(await machine.get('hurry').catch(() => undefined)), {
    what: 'gone',
    deadlineMs: 5000,
  });
});

test('credentials of the ServiceAccount for docker and git', async () => {
  const secret = (name: string, type: string, stringData: Record<string, string>) =>
    machine.create(resources.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'default' },
      type,
      stringData,
    });
  await secret('git', 'kubernetes.io/basic-auth', { username: 'me', password: 'p@ss' });
  await secret('reg', 'kubernetes.io/dockerconfigjson', {
    '.dockerconfigjson': '{"auths":{"r.test":{"auth":"eDp5"}}}',
  });
  const order: Order = {
    steps: [{ container: 'step-a' }],
    credentials: [
      { secret: 'git', kind: 'basic-git', url: 'https://git.test' },
      { secret: 'reg', kind: 'docker-config' },
    ],
  };
  const script =
    'cat /root/.git-credentials /tekton/creds/.docker/config.json; echo; stat -c "%a %u" /root/.docker /root/.git-credentials';
  await steps('creds', order, [sh('step-a', script)]);
  assert.equal(
    await machine.logs('creds', 'step-a'),
    'https://me:p%40ss@git.test\n{"auths":{"r.test":{"auth":"eDp5"}}}\n700 0\n600 0\n',
  );
});

test('credentials do not take the place of a configuration that the pod mounts', async () => {
  await machine.create(resources.configmaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'docker-config', namespace: 'default' },
    data: { 'config.json': '{"auths":{"mine.test":{}}}' },
  });
  const order: Order = {
    steps: [{ container: 'step-a' }],
    credentials: [{ secret: 'reg', kind: 'docker-config' }],
  };
  const container = {
    ...sh('step-a', 'cat /root/.docker/config.json; echo; cat /tekton/creds/.docker/config.json'),
    volumeMounts: [{ name: 'config', mountPath: '/root/.docker' }],
  };
  const volumes = [{ name: 'config', configMap: { name: 'docker-config' } }];
  const pod = await steps('mounted-config', order, [container], { volumes });
  assert.equal(ended(pod, 'step-a')?.exitCode, 0);
  assert.equal(
    await machine.logs('mounted-config', 'step-a'),
    '{"auths":{"mine.test":{}}}\n{"auths":{"r.test":{"auth":"eDp5"}}}',
  );
});

test('output copied to a file for the next step', async () => {
  const order: Order = {
    steps: [{ container: 'step-a', stdout: '/workspace/out' }, { container: 'step-b' }],
  };
  await steps('copy', order, [sh('step-a', 'echo kept; echo err >&2'), sh('step-b', 'cat /workspace/out')]);
  assert.equal(await machine.logs('copy', 'step-b'), 'kept\n');
});

test('the log of a step that waits its turn can be followed', async () => {
  const order = JSON.stringify({ version: 1, steps: [{ container: 'step-a' }, { container: 'step-b' }] });
  await machine.pod(
    'queue',
    { containers: [sh('step-a', 'sleep 0.3'), sh('step-b', 'echo mine')] },
    { 'slipway.dev/steps': order },
  );
  await machine.until('queue', 'running', ({ status }) => status?.phase === 'Running');
  assert.equal(await machine.logs('queue', 'step-b', { follow: true }), 'mine\n');
});

test('an annotation that is wrong is named in the pod’s status', async () => {
  await machine.pod(
    'wrong',
    { containers: [sh('step-a', 'true')] },
    { 'slipway.dev/steps': '{"version":1,"steps":[{"container":"nope"}]}' },
  );
  const pod = await machine.until(
    'wrong',
    'waiting',
    (each) => each.status?.containerStatuses?.[0]?.state?.waiting?.message !== undefined,
  );
  assert.match(
    pod.status?.containerStatuses?.[0]?.state?.waiting?.message ?? '',
    /steps\[0\]: the pod has no container "nope"/,
  );
});

test('a runner that is closed ends its pods and says so', async () => {
  await machine.pod('ends', { containers: [sh('main', 'sleep 60')] });
  await machine.until('ends', 'running', ({ status }) => status?.phase === 'Running');
  await machine.runner.close();
  const pod = await machine.get('ends');
  assert.deepEqual([pod.status?.phase, pod.status?.reason], ['Failed', 'Terminated']);
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  await eventually(() => !mounts.includes(join(machine.folder, 'runner/sandboxes')), {
    what: 'nothing mounted',
  });
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Pod, resources } from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { type Machine, sh, startMachine } from './pods/machine.ts';

let machine: Machine;

before(async () => {
  machine = await startMachine();
  await machine.create(resources.configmaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cm', namespace: 'default' },
    data: { A: 'from-cm' },
  });
});

after(async () => await machine[Symbol.asyncDispose]());

async function remove(name: string): Promise<void> {
  await machine.server.client.delete(resources.pods, name, { namespace: 'default', gracePeriodSeconds: 0 });
  await eventually(async () => !(await machine.get(name).catch(() => undefined)), { what: `${name} gone` });
}

const waits: [name: string, spec: Partial<Pod['spec']>, reason: string, message: RegExp][] = [
  [
    'no-image',
    { containers: [{ name: 'main', image: 'example.com/none:1' }] },
    'ErrImagePull',
    /tried mirror\.test.*slipway seed/,
  ],
  ['bad-name', { containers: [{ name: 'main', image: 'Bad Name' }] }, 'InvalidImageName', /Bad Name/],
  [
    'no-cm',
    { containers: [sh('main', 'true', { envFrom: [{ configMapRef: { name: 'nope' } }] })] },
    'CreateContainerConfigError',
    /configmap "nope" not found/,
  ],
  [
    'no-key',
    {
      containers: [
        sh('main', 'true', {
          env: [{ name: 'K', valueFrom: { configMapKeyRef: { name: 'cm', key: 'zzz' } } }],
        }),
      ],
    },
    'CreateContainerConfigError',
    /couldn't find key zzz/,
  ],
  [
    'no-secret',
    { volumes: [{ name: 's', secret: { secretName: 'nope' } }], containers: [sh('main', 'true')] },
    'CreateContainerConfigError',
    /secret "nope" not found/,
  ],
  [
    'as-root',
    { securityContext: { runAsNonRoot: true }, containers: [sh('main', 'true')] },
    'CreateContainerConfigError',
    /runAsNonRoot/,
  ],
];

for (const [name, spec, reason, message] of waits) {
  test(`waiting with a reason: ${name}`, async () => {
    await machine.pod(name, spec);
    const waiting = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state?.waiting;
    const pod = await machine.until(name, reason, (each) => waiting(each)?.reason === reason);
    assert.match(waiting(pod)?.message ?? '', message);
    assert.equal(pod.status?.phase, 'Pending');
    if (reason === 'ErrImagePull') {
      await machine.until(name, 'back-off', (each) => waiting(each)?.reason === 'ImagePullBackOff');
    }
    await remove(name);
  });
}

test('what was missing may come later', async () => {
  await machine.pod('later', {
    containers: [
      sh('main', 'echo $K', {
        env: [{ name: 'K', valueFrom: { configMapKeyRef: { name: 'late-cm', key: 'k' } } }],
      }),
    ],
  });
  await machine.until(
    'later',
    'waiting',
    ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
  );
  await machine.create(resources.configmaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'late-cm', namespace: 'default' },
    data: { k: 'came' },
  });
  await machine.over('later');
  assert.equal(await machine.logs('later', 'main'), 'came\n');
});

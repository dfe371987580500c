import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../objects/metadata.ts';
import type { Pod } from '../objects/pod.ts';
import { applyDefaults } from './default.ts';
import { kindSchema } from './kinds.ts';

function defaulted<T extends KubeObject>(object: T): T {
  const copy = structuredClone(object);
  applyDefaults(copy, kindSchema(object.apiVersion, object.kind)!);
  return copy;
}

test('a pod gets what Kubernetes gives it', () => {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x' },
    spec: {
      containers: [
        { name: 'a', image: 'i', ports: [{ containerPort: 80 }], livenessProbe: { httpGet: { port: 80 } } },
      ],
      volumes: [{ name: 'e' }, { name: 's', secret: { secretName: 's' } }],
    },
  };
  const { spec } = defaulted(pod);
  assert.equal(spec.restartPolicy, 'Always');
  assert.equal(spec.dnsPolicy, 'ClusterFirst');
  assert.equal(spec.terminationGracePeriodSeconds, 30);
  assert.equal(spec.enableServiceLinks, true);
  assert.deepEqual(spec.securityContext, {});
  assert.deepEqual(spec.volumes, [
    { name: 'e', emptyDir: {} },
    { name: 's', secret: { secretName: 's', defaultMode: 0o644 } },
  ]);
  const [container] = spec.containers;
  assert.equal(container?.terminationMessagePath, '/dev/termination-log');
  assert.equal(container?.ports?.[0]?.protocol, 'TCP');
  assert.deepEqual(container?.livenessProbe, {
    httpGet: { port: 80, path: '/', scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
});

const policies: [image: string, policy: string][] = [
  ['a', 'Always'],
  ['a:latest', 'Always'],
  ['host:5000/a', 'Always'],
  ['a:1', 'IfNotPresent'],
  ['host:5000/a:1', 'IfNotPresent'],
  [`a@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
];

for (const [image, policy] of policies) {
  test(`${image} is pulled ${policy}`, () => {
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'x' },
      spec: { containers: [{ name: 'a', image }] },
    };
    assert.equal(defaulted(pod).spec.containers[0]?.imagePullPolicy, policy);
  });
}

test('limits stand in for missing requests', () => {
  const resources = { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1' } };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x' },
    spec: { containers: [{ name: 'a', image: 'i', resources }] },
  };
  assert.deepEqual(defaulted(pod).spec.containers[0]?.resources?.requests, { cpu: '1', memory: '1Gi' });
});

test('the text of a Secret becomes its data', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'x' },
    data: { a: 'eA==', b: 'eA==' },
    stringData: { b: 'yö' },
  };
  const { data, stringData, type } = defaulted<KubeObject>(secret);
  assert.deepEqual(data, { a: 'eA==', b: Buffer.from('yö').toString('base64') });
  assert.equal(stringData, undefined);
  assert.equal(type, 'Opaque');
});

test('a custom resource is left as it is', () => {
  const task = {
    apiVersion: 'tekton.dev/v1',
    kind: 'Task',
    metadata: { name: 'x' },
    spec: { sidecars: [{ name: 's', readinessProbe: { exec: { command: ['a'] } } }] },
  };
  assert.deepEqual(defaulted<KubeObject>(task), task);
});

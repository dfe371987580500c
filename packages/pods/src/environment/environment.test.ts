import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '@slipway/kube';
import { expandVariables } from './expand.ts';
import { fieldValue } from './field-ref.ts';
import { resourceValue } from './resource-field.ts';

const variables = new Map([
  ['A', 'a'],
  ['EMPTY', ''],
  ['NESTED', '$(A)'],
]);

const expansions: [text: string, expanded: string][] = [
  ['$(A)', 'a'],
  ['x$(A)y$(A)z', 'xayaz'],
  ['$(EMPTY)', ''],
  ['$(NESTED)', '$(A)'], // once only
  ['$(NONE)', '$(NONE)'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$a'],
  ['$$$$(A)', '$$(A)'],
  ['$A ${A} $', '$A ${A} $'],
  ['$(A', '$(A'],
  ['$((A))', '$((A))'],
];

for (const [text, expanded] of expansions) {
  test(`expansion of ${text}`, () => assert.equal(expandVariables(text, variables), expanded));
}

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'ns', uid: 'u', labels: { b: '2', a: 'say "1"' } },
  spec: {
    nodeName: 'n',
    containers: [
      { name: 'c', resources: { limits: { memory: '1Gi', cpu: '250m' }, requests: { cpu: '100m' } } },
    ],
  },
};

const fields: [path: string, value: string | undefined][] = [
  ['metadata.name', 'p'],
  ['metadata.namespace', 'ns'],
  ['metadata.uid', 'u'],
  ["metadata.labels['b']", '2'],
  ["metadata.labels['none']", ''],
  ['metadata.labels', 'a="say \\"1\\""\nb="2"'],
  ['spec.nodeName', 'n'],
  ['spec.serviceAccountName', 'default'],
  ['status.podIP', '10.0.0.1'],
  ['spec.containers', undefined],
];

for (const [path, value] of fields) {
  test(`field ${path}`, () => assert.equal(fieldValue(pod, path, '10.0.0.1'), value));
}

const amounts: [resource: string, divisor: string | undefined, value: string][] = [
  ['limits.memory', undefined, '1073741824'],
  ['limits.memory', '1Mi', '1024'],
  ['limits.cpu', undefined, '1'],
  ['limits.cpu', '1m', '250'],
  ['requests.cpu', '1m', '100'],
  ['requests.memory', undefined, '0'],
];

for (const [resource, divisor, value] of amounts) {
  test(`resource ${resource} by ${divisor ?? '1'}`, () => {
    assert.equal(
      resourceValue(pod, pod.spec.containers[0], { resource, ...(divisor ? { divisor } : {}) }),
      value,
    );
  });
}

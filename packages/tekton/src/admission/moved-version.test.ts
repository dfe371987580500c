import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@slipway/kube';
import { forgetOlderConfiguration, keepNewShape } from './moved-version.ts';

const RESOURCES = 'tekton.dev/v1beta1Resources';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

interface Author {
  /** By `kubectl apply`: the version of the last configuration, and the annotations that it names. */
  readonly client?: readonly [version: string, annotations?: object];
  /** By server-side apply: manager and version. */
  readonly server?: readonly (readonly [manager: string, version: string, field?: string])[];
}

function task({ client, server = [] }: Author): KubeObject {
  const annotations: Record<string, string> = { [RESOURCES]: '{"inputs":[]}' };
  if (client) {
    const [version, named = {}] = client;
    const config = { apiVersion: `tekton.dev/${version}`, metadata: { annotations: named } };
    annotations[LAST_APPLIED] = JSON.stringify(config);
  }
  const managedFields = server.map(([manager, version, field = 'f:spec']) => ({
    manager,
    operation: 'Apply' as const,
    apiVersion: `tekton.dev/${version}`,
    fieldsV1: { [field]: {} },
  }));
  return { apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 't', annotations, managedFields } };
}

const ROWS: readonly [title: string, old: Author, now: Author, stays: boolean][] = [
  ['kubectl apply in v1 after v1alpha1', { client: ['v1alpha1'] }, { client: ['v1'] }, false],
  ['kubectl apply in v1 again', { client: ['v1'] }, { client: ['v1'] }, true],
  ['a change of somebody else', { client: ['v1alpha1'] }, { client: ['v1alpha1'] }, true],
  [
    'a configuration that names the annotation',
    { client: ['v1alpha1'] },
    { client: ['v1', { [RESOURCES]: '' }] },
    true,
  ],
  [
    'a manager that applied v1alpha1 before',
    { server: [['me', 'v1alpha1']] },
    { server: [['me', 'v1']] },
    false,
  ],
  [
    'a manager beside the one that applied v1alpha1',
    { server: [['me', 'v1alpha1']] },
    {
      server: [
        ['me', 'v1alpha1'],
        ['labels', 'v1'],
      ],
    },
    true,
  ],
  [
    'server-side apply of the spec after kubectl apply in v1alpha1',
    { client: ['v1alpha1'] },
    { client: ['v1alpha1'], server: [['me', 'v1']] },
    false,
  ],
  [
    'server-side apply of labels after kubectl apply in v1alpha1',
    { client: ['v1alpha1'] },
    { client: ['v1alpha1'], server: [['me', 'v1', 'f:metadata']] },
    true,
  ],
  ['nobody who applies', {}, {}, true],
];

for (const [title, old, now, stays] of ROWS) {
  test(`${title}: the resources of the older version ${stays ? 'stay' : 'go'}`, () => {
    const object = task(now);
    forgetOlderConfiguration(object, task(old));
    assert.equal(RESOURCES in object.metadata.annotations!, stays);
  });
}

test('a last configuration that is none says nothing', () => {
  const object = task({ client: ['v1'] });
  const old = task({});
  old.metadata.annotations![LAST_APPLIED] = 'no JSON';
  forgetOlderConfiguration(object, old);
  assert.ok(RESOURCES in object.metadata.annotations!);
});

const alpha = (spec: Record<string, unknown>): KubeObject => ({
  apiVersion: 'tekton.dev/v1alpha1',
  kind: 'Task',
  metadata: { name: 't' },
  spec,
});
const params = [{ name: 'a' }];
const declared = [{ name: 'r', type: 'git' }];

test('of two shapes the new one counts', () => {
  const old = alpha({ params, resources: { inputs: declared } });
  const object = alpha({
    ...structuredClone(old.spec as object),
    inputs: { params: [], resources: declared },
  });
  keepNewShape(object, old);
  assert.deepEqual(object.spec, { inputs: { params: [], resources: declared } });
});

test('the other side of the same list stays', () => {
  const old = alpha({ resources: { inputs: declared, outputs: declared } });
  const object = alpha({ ...structuredClone(old.spec as object), inputs: { resources: [] } });
  keepNewShape(object, old);
  assert.deepEqual(object.spec, { resources: { outputs: declared }, inputs: { resources: [] } });
});

test('two shapes that are both new stay, to be refused', () => {
  const object = alpha({ params, inputs: { params } });
  keepNewShape(object, alpha({}));
  assert.deepEqual(object.spec, { params, inputs: { params } });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../objects/metadata.ts';
import { kindSchema } from './kinds.ts';
import { validateObject } from './validate.ts';

type Fields = Record<string, unknown>;

function problems(apiVersion: string, kind: string, fields: Fields): string[] {
  const object = { apiVersion, kind, metadata: { name: 'x' }, ...fields } as KubeObject;
  return validateObject(object, kindSchema(apiVersion, kind)!).map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

const pod = (container: Fields, spec: Fields = {}): Fields => ({
  spec: { containers: [{ name: 'main', image: 'i', ...container }], ...spec },
});

const pods: [title: string, fields: Fields, want: string[]][] = [
  ['a plain pod is right', pod({}), []],
  ['a missing image', pod({ image: '' }), ['spec.containers[0].image: Required value']],
  ['no containers', { spec: { containers: [] } }, ['spec.containers: Required value']],
  [
    'a list that is text',
    { spec: { containers: 'x' } },
    ['spec.containers: Invalid value: "string": spec.containers in body must be of type array: "string"'],
  ],
  [
    'a number where text belongs',
    pod({ env: [{ name: 'A', value: 1 }] }),
    [
      'spec.containers[0].env[0].value: Invalid value: "integer": spec.containers[0].env[0].value in body must be of type string: "integer"',
    ],
  ],
  [
    'text where a number belongs',
    pod({}, { activeDeadlineSeconds: '5' }),
    [
      'spec.activeDeadlineSeconds: Invalid value: "string": spec.activeDeadlineSeconds in body must be of type integer: "string"',
    ],
  ],
  [
    'a fraction where an integer belongs',
    pod({}, { priority: 1.5 }),
    ['spec.priority: Invalid value: "number": spec.priority in body must be of type integer: "number"'],
  ],
  [
    'a value that is not in the enumeration',
    pod({}, { restartPolicy: 'Sometimes' }),
    ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"'],
  ],
  [
    'a quantity that is none',
    pod({ resources: { limits: { memory: '1 GB' } } }),
    [
      'spec.containers[0].resources.limits.memory: Invalid value: "1 GB": quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'',
    ],
  ],
  [
    'a port by name and by number',
    pod({ readinessProbe: { httpGet: { port: 'web' } }, livenessProbe: { tcpSocket: { port: 80 } } }),
    [],
  ],
  [
    'a request above its limit',
    pod({ resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }),
    [
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
  ],
  [
    'a mount without its volume',
    pod({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  ],
  [
    'a subPath out of its volume',
    pod(
      { volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'a/../../b' }] },
      { volumes: [{ name: 'v', emptyDir: {} }] },
    ),
    ['spec.containers[0].volumeMounts[0].subPath: Invalid value: "a/../../b": must not contain \'..\''],
  ],
  [
    'an item out of its volume',
    pod({}, { volumes: [{ name: 'v', secret: { secretName: 's', items: [{ key: 'k', path: '/etc/x' }] } }] }),
    ['spec.volumes[0].secret.items[0].path: Invalid value: "/etc/x": must be a relative path'],
  ],
  [
    'two containers of one name',
    {
      spec: {
        containers: [
          { name: 'a', image: 'i' },
          { name: 'a', image: 'i' },
        ],
      },
    },
    ['spec.containers[1].name: Duplicate value: "a"'],
  ],
  [
    'a volume of two kinds',
    pod({}, { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] }),
    ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
  ],
  [
    'an env value from nowhere',
    pod({ env: [{ name: 'A', valueFrom: {} }] }),
    [
      'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef`',
    ],
  ],
  [
    'a status is not checked for what is missing',
    { ...pod({}), status: { containerStatuses: [{ name: 'a' }] } },
    [],
  ],
];

for (const [title, fields, want] of pods) {
  test(`Pod: ${title}`, () => assert.deepEqual(problems('v1', 'Pod', fields), want));
}

const step = (fields: Fields): Fields => ({ spec: { steps: [{ image: 'i', ...fields }] } });

const tasks: [title: string, fields: Fields, want: string[]][] = [
  ['an unnamed step', step({}), []],
  ['a parameter in an enumeration of a core type', step({ imagePullPolicy: '$(params.policy)' }), []],
  [
    'a param value of each type',
    {
      spec: {
        params: [
          { name: 'a', default: 'x' },
          { name: 'b', default: ['x'] },
          { name: 'c', default: { k: 'v' } },
        ],
      },
    },
    [],
  ],
  [
    'a param without a name',
    { spec: { params: [{ default: 'x' }] } },
    ['spec.params[0].name: Required value'],
  ],
  [
    'a script that is a list',
    step({ script: ['a'] }),
    [
      'spec.steps[0].script: Invalid value: "array": spec.steps[0].script in body must be of type string: "array"',
    ],
  ],
  [
    'a timeout that is no duration',
    step({ timeout: '5 minutes' }),
    ['spec.steps[0].timeout: Invalid value: "5 minutes": must be a duration, like 90s, 5m or 1h30m'],
  ],
];

for (const [title, fields, want] of tasks) {
  test(`Task: ${title}`, () => assert.deepEqual(problems('tekton.dev/v1', 'Task', fields), want));
}

test('TaskRun: an empty param value counts as a value', () => {
  const params = [{ name: 'a', value: '' }];
  assert.deepEqual(problems('tekton.dev/v1', 'TaskRun', { spec: { params } }), []);
});

const others: [kind: string, fields: Fields, want: string[]][] = [
  [
    'ConfigMap',
    { data: { '../evil': 'x' } },
    ['data[../evil]: Invalid value: "../evil": must not start with \'..\''],
  ],
  [
    'Secret',
    { type: 'kubernetes.io/dockerconfigjson', data: {} },
    ['data[.dockerconfigjson]: Required value'],
  ],
  ['Secret', { data: { a: 'not base64!' } }, ['data.a: Invalid value: "not base64!": illegal base64 data']],
  [
    'PersistentVolumeClaim',
    { spec: { resources: { requests: { storage: '1Gi' } } } },
    ['spec.accessModes: Required value: at least 1 access mode is required'],
  ],
];

for (const [kind, fields, want] of others) {
  test(`${kind}: ${want[0]}`, () => assert.deepEqual(problems('v1', kind, fields), want));
}

test('RoleBinding: a role of an unknown kind', () => {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'x' };
  assert.deepEqual(problems('rbac.authorization.k8s.io/v1', 'RoleBinding', { roleRef }), [
    'roleRef.kind: Unsupported value: "Group": supported values: "ClusterRole", "Role"',
  ]);
});

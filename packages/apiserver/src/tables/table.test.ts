import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@slipway/kube';
import { BUILTIN_RESOURCES } from '../resources/builtin.ts';
import { humanDuration } from './column.ts';
import { podStatus } from './pod-columns.ts';
import { renderTable } from './table.ts';

const now = new Date('2026-01-02T00:00:00Z');
const metadata = { name: 'x', creationTimestamp: '2026-01-01T23:58:30Z' };

function cells(plural: string, object: object): unknown[] {
  const definition = BUILTIN_RESOURCES.find(({ type }) => type.plural === plural)!;
  const subject = { metadata, ...object } as KubeObject;
  const table = renderTable(definition.columns, [subject], {}, { version: 'v1', includeObject: 'None', now });
  return (table.rows as { cells: unknown[] }[])[0]!.cells;
}

const rows: [plural: string, object: object, want: unknown[]][] = [
  ['namespaces', { status: { phase: 'Active' } }, ['x', 'Active', '90s']],
  ['configmaps', { data: { a: '1' }, binaryData: { b: '' } }, ['x', 2, '90s']],
  ['secrets', { type: 'Opaque', data: { a: '' } }, ['x', 'Opaque', 1, '90s']],
  ['serviceaccounts', {}, ['x', 0, '90s']],
  ['roles', {}, ['x', '2026-01-01T23:58:30Z']],
  ['tasks', {}, ['x', '90s']],
  ['pipelines', {}, ['x', '90s']],
  [
    'pipelineruns',
    { status: { conditions: [{ type: 'Succeeded', status: 'True', reason: 'Completed' }] } },
    ['x', 'True', 'Completed', null, null],
  ],
  [
    'taskruns',
    {
      status: {
        startTime: '2026-01-01T23:59:00Z',
        conditions: [{ type: 'Succeeded', status: 'Unknown', reason: 'Running' }],
      },
    },
    ['x', 'Unknown', 'Running', '60s', null],
  ],
  [
    'pods',
    {
      spec: { containers: [{ name: 'a' }, { name: 'b' }], nodeName: 'n' },
      status: {
        phase: 'Running',
        podIP: '10.0.0.1',
        containerStatuses: [
          { name: 'a', ready: true, restartCount: 1, state: { running: {} } },
          {
            name: 'b',
            ready: false,
            restartCount: 0,
            state: { terminated: { exitCode: 0, reason: 'Completed' } },
          },
        ],
      },
    },
    ['x', '1/2', 'NotReady', '1', '90s', '10.0.0.1', 'n', '<none>', '<none>'],
  ],
  [
    'persistentvolumeclaims',
    {
      spec: { volumeName: 'v', storageClassName: 's', volumeMode: 'Filesystem' },
      status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } },
    },
    ['x', 'Bound', 'v', '1Gi', 'RWO', 's', '<unset>', '90s', 'Filesystem'],
  ],
  [
    'rolebindings',
    {
      roleRef: { kind: 'ClusterRole', name: 'edit' },
      subjects: [
        { kind: 'ServiceAccount', name: 'sa', namespace: 'n' },
        { kind: 'Group', name: 'g' },
      ],
    },
    ['x', 'ClusterRole/edit', '90s', '', 'g', 'n/sa'],
  ],
  [
    'events',
    {
      type: 'Normal',
      reason: 'Pulled',
      message: 'done\n',
      count: 3,
      involvedObject: { kind: 'Pod', name: 'p' },
      source: { component: 'runner', host: 'h' },
      firstTimestamp: '2026-01-01T23:00:00Z',
      lastTimestamp: '2026-01-01T23:59:55Z',
    },
    ['5s', 'Normal', 'Pulled', 'pod/p', '', 'runner, h', 'done', '60m', 3, 'x'],
  ],
];

for (const [plural, object, want] of rows) {
  test(`the row of one of ${plural}`, () => assert.deepEqual(cells(plural, object), want));
}

const statuses: [want: string, pod: object][] = [
  ['Pending', { status: { phase: 'Pending' } }],
  [
    'ErrImagePull',
    { status: { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ErrImagePull' } } }] } },
  ],
  [
    'Init:0/2',
    {
      spec: { initContainers: [{}, {}] },
      status: { phase: 'Pending', initContainerStatuses: [{ state: { running: {} } }] },
    },
  ],
  [
    'Init:Error',
    { status: { initContainerStatuses: [{ state: { terminated: { exitCode: 1, reason: 'Error' } } }] } },
  ],
  [
    'ExitCode:3',
    { status: { phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 3 } } }] } },
  ],
  ['Terminating', { metadata: { deletionTimestamp: 'x' }, status: { phase: 'Running' } }],
  ['DeadlineExceeded', { status: { phase: 'Failed', reason: 'DeadlineExceeded' } }],
];

for (const [want, pod] of statuses) {
  test(`a pod that is ${want}`, () => {
    assert.equal(
      podStatus({ metadata: {}, spec: { containers: [] }, ...pod } as unknown as KubeObject),
      want,
    );
  });
}

const durations: [seconds: number, want: string][] = [
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [200, '3m20s'],
  [3600, '60m'],
  [4 * 3600 + 60, '4h1m'],
  [26 * 3600, '26h'],
  [50 * 3600, '2d2h'],
  [300 * 86400, '300d'],
  [800 * 86400, '2y70d'],
];

for (const [seconds, want] of durations) {
  test(`${seconds} s are shown as ${want}`, () => assert.equal(humanDuration(seconds * 1000), want));
}

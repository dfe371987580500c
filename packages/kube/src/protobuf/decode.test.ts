import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kubeProtobuf, type ProtobufField } from '@slipway/testkit';
import { decodeKubeProtobuf } from './decode.ts';

/** Metadata as Go writes it: every plain field, zeros included. */
const goMetadata = (name: string, ...more: ProtobufField[]): ProtobufField => [
  1,
  [[1, name], [2, ''], [3, ''], [4, ''], [5, ''], [6, ''], [7, 0], [8, []], ...more],
];

// What kubectl 1.32 sends for `create configmap`, `create token`, `auth can-i` and so on, and what it means.
const folder = join(import.meta.dirname, '../../testdata/protobuf');

for (const file of readdirSync(folder).filter((name) => name.endsWith('.bin'))) {
  test(`as kubectl sends it: ${file}`, () => {
    const want: unknown = JSON.parse(readFileSync(join(folder, file.replace('.bin', '.json')), 'utf8'));
    assert.deepEqual(decodeKubeProtobuf(readFileSync(join(folder, file))), want);
  });
}

const cases: [title: string, bytes: Buffer, want: Record<string, unknown>][] = [
  [
    'a Secret: bytes are base64, an explicit false stays',
    kubeProtobuf('v1', 'Secret', [
      goMetadata('s'),
      [
        2,
        [
          [1, 'k'],
          [2, Buffer.from([0, 255])],
        ],
      ],
      [3, 'Opaque'],
      [5, 0],
    ]),
    { metadata: { name: 's' }, data: { k: 'AP8=' }, type: 'Opaque', immutable: false },
  ],
  [
    'a Namespace with labels, an empty status',
    kubeProtobuf('v1', 'Namespace', [
      goMetadata(
        'n',
        [
          11,
          [
            [1, 'a'],
            [2, 'b'],
          ],
        ],
        [11, [[1, 'empty']]],
      ),
      [2, []],
      [3, [[1, '']]],
    ]),
    { metadata: { name: 'n', labels: { a: 'b', empty: '' } }, spec: {} },
  ],
  [
    'a TokenRequest: a pointer to a number',
    kubeProtobuf('authentication.k8s.io/v1', 'TokenRequest', [
      goMetadata(''),
      [
        2,
        [
          [1, 'aud'],
          [4, 600],
        ],
      ],
      [
        3,
        [
          [1, ''],
          [2, []],
        ],
      ],
    ]),
    { metadata: {}, spec: { audiences: ['aud'], expirationSeconds: 600 }, status: undefined },
  ],
  [
    'a RoleBinding',
    kubeProtobuf('rbac.authorization.k8s.io/v1', 'RoleBinding', [
      goMetadata('r'),
      [
        2,
        [
          [1, 'ServiceAccount'],
          [2, ''],
          [3, 'a'],
          [4, 'n'],
        ],
      ],
      [
        3,
        [
          [1, 'rbac.authorization.k8s.io'],
          [2, 'ClusterRole'],
          [3, 'edit'],
        ],
      ],
    ]),
    {
      metadata: { name: 'r' },
      subjects: [{ kind: 'ServiceAccount', name: 'a', namespace: 'n' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    },
  ],
  [
    'a SubjectAccessReview: lists in a map',
    kubeProtobuf('authorization.k8s.io/v1', 'SubjectAccessReview', [
      goMetadata(''),
      [
        2,
        [
          [3, 'u'],
          [4, 'g'],
          [
            5,
            [
              [1, 'k'],
              [
                2,
                [
                  [1, 'a'],
                  [1, 'b'],
                ],
              ],
            ],
          ],
        ],
      ],
    ]),
    { metadata: {}, spec: { user: 'u', groups: ['g'], extra: { k: ['a', 'b'] } } },
  ],
  [
    'a PersistentVolumeClaim: quantities',
    kubeProtobuf('v1', 'PersistentVolumeClaim', [
      goMetadata('p'),
      [
        2,
        [
          [1, 'ReadWriteOnce'],
          [
            2,
            [
              [
                2,
                [
                  [1, 'storage'],
                  [2, [[1, '1Gi']]],
                ],
              ],
            ],
          ],
        ],
      ],
    ]),
    {
      metadata: { name: 'p' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ],
  [
    'a Pod: inlined types, packed numbers, number or name, times',
    kubeProtobuf('v1', 'Pod', [
      goMetadata('p', [9, [[1, 1_767_225_600]]]),
      [
        2,
        [
          [
            1,
            [
              [1, 'v'],
              [
                2,
                [
                  [
                    19,
                    [
                      [1, [[1, 'cm']]],
                      [3, 420],
                      [4, 0],
                    ],
                  ],
                ],
              ],
            ],
          ],
          [
            2,
            [
              [1, 'c'],
              [
                10,
                [
                  [
                    1,
                    [
                      [
                        2,
                        [
                          [
                            2,
                            [
                              [1, 1],
                              [2, 0],
                              [3, 'web'],
                            ],
                          ],
                        ],
                      ],
                    ],
                  ],
                  [2, 5],
                ],
              ],
            ],
          ],
          [14, [[4, Buffer.from([1, 0xac, 0x02])]]],
        ],
      ],
    ]),
    {
      metadata: { name: 'p', deletionTimestamp: '2026-01-01T00:00:00Z' },
      spec: {
        volumes: [{ name: 'v', configMap: { name: 'cm', defaultMode: 420, optional: false } }],
        containers: [{ name: 'c', livenessProbe: { httpGet: { port: 'web' }, initialDelaySeconds: 5 } }],
        securityContext: { supplementalGroups: [1, 300] },
      },
    },
  ],
  [
    'DeleteOptions of any group',
    kubeProtobuf('tekton.dev/v1', 'DeleteOptions', [
      [1, 0],
      [4, 'Background'],
    ]),
    { gracePeriodSeconds: 0, propagationPolicy: 'Background' },
  ],
];

for (const [title, bytes, want] of cases) {
  test(title, () => {
    const { apiVersion: _, kind: _k, ...rest } = decodeKubeProtobuf(bytes);
    assert.deepEqual(JSON.parse(JSON.stringify(rest)), JSON.parse(JSON.stringify(want)));
  });
}

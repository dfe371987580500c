import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { isStatus, StatusError } from '../status-error.ts';
import { decodeKubeProtobuf } from './decode.ts';

/** A varint field, or a length-delimited one: what a test writes a message with. */
type Field = [number: number, value: number | string | Uint8Array | Field[]];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return bytes;
}

function message(fields: Field[]): Buffer {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.from([...varint(number * 8), ...varint(value)]);
      const bytes = Array.isArray(value) ? message(value) : Buffer.from(value as string);
      return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
    }),
  );
}

function body(apiVersion: string, kind: string, fields: Field[]): Buffer {
  const envelope = message([
    [
      1,
      [
        [1, apiVersion],
        [2, kind],
      ],
    ],
    [2, message(fields)],
  ]);
  return Buffer.concat([Buffer.from('k8s\0'), envelope]);
}

/** Metadata as Go writes it: every plain field, zeros included. */
const goMetadata = (name: string, ...more: Field[]): Field => [
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
    body('v1', 'Secret', [
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
    body('v1', 'Namespace', [
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
    body('authentication.k8s.io/v1', 'TokenRequest', [
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
    body('rbac.authorization.k8s.io/v1', 'RoleBinding', [
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
    body('authorization.k8s.io/v1', 'SubjectAccessReview', [
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
    body('v1', 'PersistentVolumeClaim', [
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
    body('v1', 'Pod', [
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
    body('tekton.dev/v1', 'DeleteOptions', [
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

const [magic, v1] = [
  Buffer.from('k8s\0'),
  [
    [
      1,
      [
        [1, 'v1'],
        [2, 'ConfigMap'],
      ],
    ],
  ] as Field[],
];
const raw = (bytes: number[]): Buffer => Buffer.concat([magic, message([...v1, [2, Buffer.from(bytes)]])]);

const hostile: [attack: string, bytes: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['JSON', Buffer.from('{"kind":"ConfigMap"}')],
  ['no type', magic],
  ['a length beyond the end', raw([0x0a, 0x7f])],
  ['a length of 2^63', raw([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])],
  ['a number that never ends', raw([0x08, ...Array<number>(11).fill(0xff)])],
  ['field number 0', raw([0x02, 0x00])],
  ['a group', raw([0x0b, 0x0c])],
  ['text as a number', raw([0x08, 0x01])],
  [
    'text that is not UTF-8',
    Buffer.concat([magic, message([...v1, [2, [[1, [[1, Buffer.from([0xff])]]]]]])]),
  ],
  [
    'managed fields that are no JSON',
    Buffer.concat([magic, message([...v1, [2, [[1, [[17, [[7, [[1, '{']]]]]]]]]])]),
  ],
  [
    'a time beyond all times',
    Buffer.concat([magic, message([...v1, [2, [[1, [[9, [[1, Number.MAX_SAFE_INTEGER]]]]]]]])]),
  ],
];

for (const [attack, bytes] of hostile) {
  test(`hostile: ${attack}`, () => {
    assert.throws(
      () => decodeKubeProtobuf(bytes),
      (error) => isStatus(error, 'BadRequest'),
    );
  });
}

test('a custom resource has no protobuf form', () => {
  assert.throws(
    () => decodeKubeProtobuf(body('tekton.dev/v1', 'Task', [])),
    (error) => isStatus(error, 'UnsupportedMediaType'),
  );
});

test('a key __proto__ is a key', () => {
  const object = decodeKubeProtobuf(
    body('v1', 'ConfigMap', [
      goMetadata('x'),
      [
        2,
        [
          [1, '__proto__'],
          [2, 'v'],
        ],
      ],
    ]),
  );
  assert.deepEqual(Object.entries(object.data as object), [['__proto__', 'v']]);
});

test('any bytes are an object or a refusal', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('Pod', 'Secret', 'Event', 'Namespace'),
      fc.uint8Array({ maxLength: 60 }),
      (kind, bytes) => {
        const envelope = message([
          [
            1,
            [
              [1, 'v1'],
              [2, kind],
            ],
          ],
          [2, bytes],
        ]);
        try {
          assert.equal(decodeKubeProtobuf(Buffer.concat([magic, envelope])).kind, kind);
        } catch (error) {
          assert.ok(error instanceof StatusError, String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});

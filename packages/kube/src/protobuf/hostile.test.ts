import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kubeProtobuf, type ProtobufField, protobufMessage } from '@slipway/testkit';
import fc from 'fast-check';
import { isStatus, StatusError } from '../status-error.ts';
import { decodeKubeProtobuf } from './decode.ts';

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
  ] as ProtobufField[],
];
const raw = (bytes: number[]): Buffer =>
  Buffer.concat([magic, protobufMessage([...v1, [2, Buffer.from(bytes)]])]);

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
    Buffer.concat([magic, protobufMessage([...v1, [2, [[1, [[1, Buffer.from([0xff])]]]]]])]),
  ],
  [
    'managed fields that are no JSON',
    Buffer.concat([magic, protobufMessage([...v1, [2, [[1, [[17, [[7, [[1, '{']]]]]]]]]])]),
  ],
  [
    'a time beyond all times',
    Buffer.concat([magic, protobufMessage([...v1, [2, [[1, [[9, [[1, Number.MAX_SAFE_INTEGER]]]]]]]])]),
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
    () => decodeKubeProtobuf(kubeProtobuf('tekton.dev/v1', 'Task', [])),
    (error) => isStatus(error, 'UnsupportedMediaType'),
  );
});

test('a key __proto__ is a key', () => {
  const object = decodeKubeProtobuf(
    kubeProtobuf('v1', 'ConfigMap', [
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
        const envelope = protobufMessage([
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

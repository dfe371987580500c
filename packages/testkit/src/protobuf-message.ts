/** One field of a protobuf message: a varint, text, bytes or a message. */
export type ProtobufField = readonly [
  number: number,
  value: number | string | Uint8Array | readonly ProtobufField[],
];

/** The bytes of a message, with the fields as given: for tests of decoders, wrong ones included. */
export function protobufMessage(fields: readonly ProtobufField[]): Buffer {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.from([...varint(number * 8), ...varint(value)]);
      const bytes = bytesOf(value);
      return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
    }),
  );
}

/** A request's body in `application/vnd.kubernetes.protobuf`, as kubectl writes it. */
export function kubeProtobuf(apiVersion: string, kind: string, fields: readonly ProtobufField[]): Buffer {
  const type: ProtobufField[] = [
    [1, apiVersion],
    [2, kind],
  ];
  const envelope = protobufMessage([
    [1, type],
    [2, fields],
  ]);
  return Buffer.concat([Buffer.from('k8s\0'), envelope]);
}

function bytesOf(value: Exclude<ProtobufField[1], number>): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  return value instanceof Uint8Array ? value : protobufMessage(value);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return bytes;
}

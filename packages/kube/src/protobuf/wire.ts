import { StatusError } from '../status-error.ts';

/** One field of a message as it stands on the wire. */
export type WireField =
  | { readonly number: number; readonly wire: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly wire: 'fixed'; readonly bytes: Uint8Array }
  | { readonly number: number; readonly wire: 'bytes'; readonly bytes: Uint8Array };

const MAX_VARINT_BYTES = 10;

/** The fields of a message in their order. Throws BadRequest for bytes that are no message. */
export function* readFields(message: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      const byte = message[at++];
      if (byte === undefined) throw malformed('it ends within a number');
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed('a number is too long');
  };
  const take = (length: number): Uint8Array => {
    if (length > message.length - at) throw malformed('it ends within a field');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    if (number < 1 || number > 0x1fffffff) throw malformed(`field number ${number}`);
    const wire = tag % 8;
    if (wire === 0) yield { number, wire: 'varint', value: varint() };
    else if (wire === 1) yield { number, wire: 'fixed', bytes: take(8) };
    else if (wire === 2) yield { number, wire: 'bytes', bytes: take(Number(varint())) };
    else if (wire === 5) yield { number, wire: 'fixed', bytes: take(4) };
    else throw malformed(`wire type ${wire}`);
  }
}

/** A body that is no Kubernetes protobuf; `why` is a clause. */
export function malformed(why: string): StatusError {
  return StatusError.badRequest(`the body of the request is not protobuf: ${why}`);
}

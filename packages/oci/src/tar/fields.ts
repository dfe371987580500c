import { tarError } from './tar-error.ts';

/** Size of a tar block, in bytes. */
export const BLOCK = 512;

export type Field = readonly [offset: number, length: number];

type FieldName =
  | 'name'
  | 'mode'
  | 'uid'
  | 'gid'
  | 'size'
  | 'mtime'
  | 'checksum'
  | 'type'
  | 'linkname'
  | 'magic'
  | 'uname'
  | 'gname'
  | 'devmajor'
  | 'devminor'
  | 'prefix';

/** Place and length of the fields of a ustar header (POSIX.1-2017, pax, "ustar Interchange Format"). */
export const fields: Readonly<Record<FieldName, Field>> = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkname: [157, 100],
  magic: [257, 8],
  uname: [265, 32],
  gname: [297, 32],
  devmajor: [329, 8],
  devminor: [337, 8],
  prefix: [345, 155],
};

/** Bytes of a field up to its first NUL; a copy. */
export function textField(block: Buffer, [offset, length]: Field): Buffer {
  const end = block.indexOf(0, offset);
  return Buffer.from(block.subarray(offset, end < 0 ? offset + length : Math.min(end, offset + length)));
}

/** A number in octal, or in GNU's base 256 when its first bit is set. Throws TAR_HEADER. */
export function numberField(block: Buffer, [offset, length]: Field): number {
  if (block[offset]! & 0x80) return base256(block, offset, length);
  let value = 0;
  let at = offset;
  const end = offset + length;
  while (at < end && (block[at] === 0x20 || block[at] === 0)) at++;
  for (; at < end; at++) {
    const digit = block[at]! - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  if (at < end && block[at] !== 0 && block[at] !== 0x20)
    throw tarError('TAR_HEADER', 'a number is not octal');
  return value;
}

function base256(block: Buffer, offset: number, length: number): number {
  const negative = (block[offset]! & 0x40) !== 0;
  let value = BigInt(block[offset]! & 0x7f);
  for (let at = offset + 1; at < offset + length; at++) value = (value << 8n) | BigInt(block[at]!);
  if (negative) value -= 1n << BigInt(length * 8 - 1);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw tarError('TAR_HEADER', 'a number is over 2^53');
  return number;
}

/** Whether the header's checksum is right; old programs summed signed bytes. */
export function checksumMatches(block: Buffer): boolean {
  const [start, length] = fields.checksum;
  let unsigned = length * 0x20;
  let high = 0;
  for (let at = 0; at < BLOCK; at++) {
    if (at === start) at += length;
    const byte = block[at]!;
    unsigned += byte;
    high += byte >> 7;
  }
  const stored = Number.parseInt(block.toString('latin1', start, start + length), 8);
  return stored === unsigned || stored === unsigned - high * 256;
}

/** Whether the block is all zeros, as at the end of an archive. */
export function isZeroBlock(block: Buffer): boolean {
  return block[0] === 0 && block.equals(ZERO_BLOCK);
}

export const ZERO_BLOCK: Buffer = Buffer.alloc(BLOCK);

/** Bytes that fill content of this size up to a whole block. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

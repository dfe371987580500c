import type { BigIntStats } from 'node:fs';

/** Which file it is and when it last changed: device, inode, size, mtime and ctime as 64-bit numbers, in the machine's byte order. */
export type FileIdentity = Uint32Array;

/** Words of 32 bits in an identity. */
export const IDENTITY_WORDS = 10;

/** The identity of the file that has this stat. */
export function fileIdentity(stat: BigIntStats): FileIdentity {
  const { dev, ino, size, mtimeNs, ctimeNs } = stat;
  const numbers = new BigInt64Array(IDENTITY_WORDS / 2);
  numbers[0] = dev;
  numbers[1] = ino;
  numbers[2] = size;
  numbers[3] = mtimeNs;
  numbers[4] = ctimeNs;
  return new Uint32Array(numbers.buffer);
}

/** The device that the file is on. */
export function deviceOf(identity: FileIdentity): bigint {
  return new BigUint64Array(identity.slice(0, 2).buffer)[0]!;
}

/** When the file or what is known of it last changed, in nanoseconds since 1970. */
export function changeTimeOf(identity: FileIdentity): bigint {
  return new BigInt64Array(identity.slice(IDENTITY_WORDS - 2).buffer)[0]!;
}

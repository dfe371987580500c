import type { BigIntStats } from 'node:fs';

/** Which file it is and when it last changed: device, inode, size, mtime and ctime as 64-bit numbers, in the machine's byte order. */
export type FileIdentity = Uint32Array;

/** Words of 32 bits in an identity. */
export const IDENTITY_WORDS = 10;

/** The identity of the file that has this stat. */
export function fileIdentity(stat: BigIntStats): FileIdentity {
  const numbers = new BigInt64Array(IDENTITY_WORDS / 2);
  fill(numbers, stat);
  return new Uint32Array(numbers.buffer);
}

const seen = new BigInt64Array(IDENTITY_WORDS / 2);
const seenWords: FileIdentity = new Uint32Array(seen.buffer);

/** Whether the file of this stat is the one, and has not changed since. */
export function hasIdentity(stat: BigIntStats, identity: FileIdentity): boolean {
  fill(seen, stat);
  for (let word = 0; word < IDENTITY_WORDS; word++) if (seenWords[word] !== identity[word]) return false;
  return true;
}

function fill(numbers: BigInt64Array, { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): void {
  numbers[0] = dev;
  numbers[1] = ino;
  numbers[2] = size;
  numbers[3] = mtimeNs;
  numbers[4] = ctimeNs;
}

/** The device that the file is on. */
export function deviceOf(identity: FileIdentity): bigint {
  return new BigUint64Array(identity.slice(0, 2).buffer)[0]!;
}

/** When the file or what is known of it last changed, in nanoseconds since 1970. */
export function changeTimeOf(identity: FileIdentity): bigint {
  return new BigInt64Array(identity.slice(IDENTITY_WORDS - 2).buffer)[0]!;
}

import { tarError } from './tar-error.ts';

/** Records of a PAX extended header, in order; a key may occur several times (GNU sparse 0.0). */
export type PaxRecords = readonly (readonly [key: string, value: Buffer])[];

/** The prefix that star, GNU tar and Go use for extended attributes. */
export const XATTR_PREFIX = 'SCHILY.xattr.';

/** Reads `<length> <key>=<value>\n` records (POSIX.1-2017, pax Extended Header). Throws TAR_HEADER. */
export function parsePaxRecords(bytes: Buffer): PaxRecords {
  const records: [string, Buffer][] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? '' : bytes.toString('latin1', at, space);
    const length = /^[0-9]{1,10}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = bytes.indexOf(0x3d, space);
    const fits = end <= bytes.length && equals > space + 1 && equals < end && bytes[end - 1] === 0x0a;
    if (!fits) throw tarError('TAR_HEADER', 'a PAX record does not follow the format');
    const key = bytes.toString('utf8', space + 1, equals);
    records.push([key, Buffer.from(bytes.subarray(equals + 1, end - 1))]);
    at = end;
  }
  return records;
}

/** Writes one record; its length counts itself. */
export function formatPaxRecord(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + String(rest.length).length;
  length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** Nanoseconds of a decimal number of seconds: `1350244992.023960108`, `-0.5`. Digits beyond nanoseconds are cut. */
export function parsePaxTime(text: string): bigint {
  const match = /^(-?)(\d{1,18})(?:\.(\d*))?$/.exec(text);
  if (!match) throw tarError('TAR_HEADER', 'a PAX time is not a decimal number');
  const [, sign, seconds, fraction = ''] = match;
  const ns = BigInt(seconds!) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -ns : ns;
}

/** Seconds as a decimal number, without needless zeros. */
export function formatPaxTime(ns: bigint): string {
  const magnitude = ns < 0n ? -ns : ns;
  const fraction = String(magnitude % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${ns < 0n ? '-' : ''}${magnitude / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
}

/** A whole number of a PAX record. Throws TAR_HEADER. */
export function parsePaxNumber(value: Buffer, key: string): number {
  const text = value.toString('latin1');
  const number = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw tarError('TAR_HEADER', `the PAX record ${key} is not a whole number`);
}

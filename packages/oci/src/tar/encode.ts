import type { TarEntry, TarEntryType } from './entry.ts';
import { BLOCK, type Field, fields, paddingOf } from './fields.ts';
import { formatPaxRecord, formatPaxTime, XATTR_PREFIX } from './pax.ts';
import { tarError } from './tar-error.ts';

const FLAGS: Readonly<Record<TarEntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};
/** The largest values of 7 and 11 octal digits. */
const MAX_ID = 0o7777777;
const MAX_SIZE = 0o77777777777;
const SECOND = 1_000_000_000n;
const EMPTY = Buffer.alloc(0);

/**
 * The header of a member: a ustar block, and before it a PAX header with what ustar cannot hold (long or large values,
 * fractions of seconds, extended attributes). The same entry always gives the same bytes. A caller that copies them may
 * give the memory for the block: new memory for each of many members costs more than filling it.
 */
export function encodeHeader(entry: TarEntry, block: Buffer = Buffer.allocUnsafe(BLOCK)): Buffer {
  if (entry.name.length === 0 || entry.name.includes(0))
    throw tarError('TAR_NAME', 'it cannot be a name', entry.name);
  const records: Buffer[] = [];
  block.fill(0);
  putName(block, entry, records);
  putBytes(block, fields.linkname, entry.linkname ?? EMPTY, 'linkpath', records);
  putOctal(block, fields.mode, entry.mode & 0o7777);
  putNumber(block, fields.uid, entry.uid, MAX_ID, 'uid', records);
  putNumber(block, fields.gid, entry.gid, MAX_ID, 'gid', records);
  putNumber(block, fields.size, entry.size, MAX_SIZE, 'size', records);
  putTime(block, entry.mtimeNs, records);
  if (entry.uname) putBytes(block, fields.uname, Buffer.from(entry.uname), 'uname', records);
  if (entry.gname) putBytes(block, fields.gname, Buffer.from(entry.gname), 'gname', records);
  if (entry.type === 'char' || entry.type === 'block') putDevice(block, entry);
  if (entry.xattrs) {
    for (const [name, value] of [...entry.xattrs].sort(byName))
      records.push(formatPaxRecord(`${XATTR_PREFIX}${name}`, value));
  }
  finishBlock(block, FLAGS[entry.type]);
  return records.length === 0 ? block : Buffer.concat([encodePax(Buffer.concat(records)), block]);
}

function encodePax(content: Buffer): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write('././@PaxHeader', 'latin1');
  putOctal(block, fields.mode, 0o644);
  putOctal(block, fields.uid, 0);
  putOctal(block, fields.gid, 0);
  putOctal(block, fields.size, content.length);
  putOctal(block, fields.mtime, 0);
  finishBlock(block, 'x');
  return Buffer.concat([block, content, Buffer.alloc(paddingOf(content.length))]);
}

function putName(block: Buffer, { name }: TarEntry, records: Buffer[]): void {
  if (name.length <= fields.name[1]) return void name.copy(block, fields.name[0]);
  // ustar splits at a slash into a prefix of up to 155 bytes and a name of up to 100.
  const slash = name.subarray(0, fields.prefix[1] + 1).lastIndexOf(0x2f, name.length - 2);
  const rest = name.length - slash - 1;
  if (slash > 0 && rest > 0 && rest <= fields.name[1]) {
    name.copy(block, fields.prefix[0], 0, slash);
    name.copy(block, fields.name[0], slash + 1);
    return;
  }
  putBytes(block, fields.name, name, 'path', records);
}

function putBytes(
  block: Buffer,
  [offset, length]: Field,
  value: Buffer,
  key: string,
  records: Buffer[],
): void {
  value.copy(block, offset, 0, Math.min(value.length, length));
  if (value.length > length) records.push(formatPaxRecord(key, value));
}

function putNumber(
  block: Buffer,
  field: Field,
  value: number,
  max: number,
  key: string,
  records: Buffer[],
): void {
  const fits = value >= 0 && value <= max;
  putOctal(block, field, fits ? value : 0);
  if (!fits) records.push(formatPaxRecord(key, Buffer.from(String(value))));
}

function putTime(block: Buffer, ns: bigint, records: Buffer[]): void {
  const seconds = Number(ns / SECOND);
  const fits = ns >= 0n && seconds <= MAX_SIZE;
  putOctal(block, fields.mtime, fits ? seconds : 0);
  if (!fits || ns % SECOND !== 0n) records.push(formatPaxRecord('mtime', Buffer.from(formatPaxTime(ns))));
}

function putDevice(block: Buffer, entry: TarEntry): void {
  const { devmajor = 0, devminor = 0 } = entry;
  if (devmajor > MAX_ID || devminor > MAX_ID)
    throw tarError('TAR_HEADER', 'its device number is too large', entry.name);
  putOctal(block, fields.devmajor, devmajor);
  putOctal(block, fields.devminor, devminor);
}

function putOctal(block: Buffer, [offset, length]: Field, value: number): void {
  let rest = value;
  for (let at = offset + length - 2; at >= offset; at--) {
    block[at] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

function finishBlock(block: Buffer, flag: string): void {
  block.write(flag, fields.type[0], 'latin1');
  block.write('ustar\x0000', fields.magic[0], 'latin1');
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at++) sum += block[at]!;
  const [offset] = fields.checksum;
  putOctal(block, [offset, 7], sum);
  block[offset + 7] = 0x20;
}

function byName([a]: readonly [string, Buffer], [b]: readonly [string, Buffer]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

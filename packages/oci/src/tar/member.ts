import type { TarEntry, TarEntryType } from './entry.ts';
import { fields, numberField, textField } from './fields.ts';
import { type PaxRecords, parsePaxNumber, parsePaxTime, XATTR_PREFIX } from './pax.ts';
import { checkedMap, oldSparseRealSize, paxSparseMap, type SparseMap } from './sparse.ts';
import { tarError } from './tar-error.ts';

/** What the headers before a member say about it. */
export interface Overrides {
  readonly global: PaxRecords;
  readonly local: PaxRecords;
  readonly longName?: Buffer | undefined;
  readonly longLink?: Buffer | undefined;
}

/** A member, and how its content lies in the archive. */
export interface Member {
  readonly entry: TarEntry;
  /** Bytes of content in the archive, padding not counted. */
  readonly stored: number;
  readonly sparse?:
    | { readonly format: 'old'; readonly realSize: number }
    | { readonly format: 'map'; readonly map: SparseMap }
    | { readonly format: '1.0'; readonly realSize: number }
    | undefined;
}

const TYPES: Readonly<Record<string, TarEntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/** Makes a member of its header and of the headers before it. Throws TAR_HEADER, TAR_TYPE, TAR_NAME. */
export function readMember(block: Buffer, overrides: Overrides): Member {
  const flag = String.fromCharCode(block[fields.type[0]]!);
  const records = overrides.global.length + overrides.local.length > 0 ? new Records(overrides) : undefined;
  const name = nameOf(block, overrides, records);
  let type = TYPES[flag];
  if (type === undefined) throw tarError('TAR_TYPE', `type "${flag}" is not supported`, name);
  // Archives older than POSIX mark a folder by the slash only.
  if (flag === '\0' && name.at(-1) === 0x2f) type = 'directory';
  const stored = type === 'file' ? (records?.number('size') ?? numberField(block, fields.size)) : 0;
  if (stored < 0) throw tarError('TAR_HEADER', 'its size is negative', name);
  const sparse = type === 'file' ? sparseOf(block, flag, records) : undefined;
  const size =
    sparse === undefined ? stored : sparse.format === 'map' ? sparse.map.realSize : sparse.realSize;
  const entry: TarEntry = {
    name,
    type,
    mode: numberField(block, fields.mode) & 0o7777,
    uid: records?.number('uid') ?? numberField(block, fields.uid),
    gid: records?.number('gid') ?? numberField(block, fields.gid),
    size,
    mtimeNs: records?.time('mtime') ?? BigInt(numberField(block, fields.mtime)) * 1_000_000_000n,
    ...linkOf(block, type, overrides, records),
    ...ownersOf(block, records),
    ...(type === 'char' || type === 'block'
      ? { devmajor: numberField(block, fields.devmajor), devminor: numberField(block, fields.devminor) }
      : {}),
    ...records?.xattrs(),
  };
  return { entry, stored, sparse };
}

/** Looks keys up in the local records, then in the global ones; the last of a key counts, an empty one revokes it. */
class Records {
  readonly #values = new Map<string, Buffer>();
  readonly sparse: PaxRecords;

  constructor({ global, local }: Overrides) {
    for (const [key, value] of [...global, ...local]) this.#values.set(key, value);
    this.sparse = local.filter(([key]) => key.startsWith('GNU.sparse.'));
  }

  get(key: string): Buffer | undefined {
    const value = this.#values.get(key);
    return value === undefined || value.length === 0 ? undefined : value;
  }

  number(key: string): number | undefined {
    const value = this.get(key);
    return value && parsePaxNumber(value, key);
  }

  time(key: string): bigint | undefined {
    const value = this.get(key);
    return value && parsePaxTime(value.toString('latin1'));
  }

  xattrs(): { xattrs: Map<string, Buffer> } | undefined {
    const found = new Map<string, Buffer>();
    for (const [key, value] of this.#values) {
      if (key.startsWith(XATTR_PREFIX)) found.set(key.slice(XATTR_PREFIX.length), value);
      else if (key.startsWith('LIBARCHIVE.xattr.')) addLibarchive(found, this.#values, key, value);
    }
    return found.size === 0 ? undefined : { xattrs: found };
  }
}

/** bsdtar writes each attribute twice; its own spelling has the name URL-encoded and the value in base64. */
function addLibarchive(
  found: Map<string, Buffer>,
  all: ReadonlyMap<string, Buffer>,
  key: string,
  value: Buffer,
): void {
  const encoded = key.slice('LIBARCHIVE.xattr.'.length);
  const name = encoded.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (!all.has(`${XATTR_PREFIX}${name}`)) found.set(name, Buffer.from(value.toString('latin1'), 'base64'));
}

function nameOf(block: Buffer, overrides: Overrides, records: Records | undefined): Buffer {
  const override = records?.get('GNU.sparse.name') ?? records?.get('path') ?? overrides.longName;
  const name = override ?? headerName(block);
  if (name.includes(0)) throw tarError('TAR_NAME', 'its name has a NUL byte', name);
  return name;
}

function headerName(block: Buffer): Buffer {
  const name = textField(block, fields.name);
  // Only POSIX headers have a prefix; GNU's keep other things there.
  if (block.toString('latin1', 257, 263) !== 'ustar\0' || block[fields.prefix[0]] === 0) return name;
  const star = block.toString('latin1', 508, 512) === 'tar\0';
  const prefix = textField(block, star ? [fields.prefix[0], 131] : fields.prefix);
  return Buffer.concat([prefix, Buffer.from('/'), name]);
}

function linkOf(
  block: Buffer,
  type: TarEntryType,
  overrides: Overrides,
  records: Records | undefined,
): { linkname: Buffer } | undefined {
  if (type !== 'symlink' && type !== 'hardlink') return undefined;
  const linkname = records?.get('linkpath') ?? overrides.longLink ?? textField(block, fields.linkname);
  if (linkname.includes(0)) throw tarError('TAR_NAME', 'its link target has a NUL byte', linkname);
  return { linkname };
}

function ownersOf(block: Buffer, records: Records | undefined): { uname?: string; gname?: string } {
  const uname = (records?.get('uname') ?? textField(block, fields.uname)).toString('utf8');
  const gname = (records?.get('gname') ?? textField(block, fields.gname)).toString('utf8');
  return { ...(uname === '' ? {} : { uname }), ...(gname === '' ? {} : { gname }) };
}

function sparseOf(block: Buffer, flag: string, records: Records | undefined): Member['sparse'] {
  if (flag === 'S') {
    const realSize = oldSparseRealSize(block);
    checkedMap([], realSize);
    return { format: 'old', realSize };
  }
  if (records === undefined || records.sparse.length === 0) return undefined;
  if (records.get('GNU.sparse.major')?.toString() === '1') {
    const realSize = records.number('GNU.sparse.realsize');
    if (realSize === undefined) throw tarError('TAR_HEADER', 'a sparse file has no real size');
    return { format: '1.0', realSize };
  }
  const map = paxSparseMap(records.sparse);
  return map && { format: 'map', map };
}

import { type BigIntStats, constants } from 'node:fs';
import type { FileIdentity } from '../cache/file-identity.ts';
import type { BytePath } from './byte-path.ts';

/** What a COPY, ADD or WORKDIR puts at one path of the layer. */
export interface LayerEntry {
  readonly target: BytePath;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo';
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
  /** Bytes of a file's content; 0 otherwise. */
  readonly size: number;
  /** The file to read: its absolute path on this machine as a byte string; see `filePath`. */
  readonly file?: string;
  /** The file's digest in hexadecimal, where it is known before it is read. */
  readonly sha256?: string;
  /** The first 16 hexadecimal digits of a file's digest, once the entries were digested. */
  readonly digestStart?: string;
  /** True where whatever is written to the file after it was digested shows in its identity. */
  readonly isSettled?: boolean;
  /** The content itself, for what is written in the Dockerfile. */
  readonly content?: Buffer;
  /** A symlink's target, or the path of a hardlink's first name in the layer. */
  readonly link?: string;
  readonly device?: { readonly major: number; readonly minor: number };
  /** For the index of known digests. */
  readonly identity?: FileIdentity;
  readonly xattrs?: ReadonlyMap<string, Buffer>;
  /** True for a folder of the base that is listed only because its children need a parent. */
  readonly implied?: boolean;
}

const TYPES: ReadonlyMap<number, LayerEntry['type']> = new Map([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFLNK, 'symlink'],
  [constants.S_IFCHR, 'char'],
  [constants.S_IFBLK, 'block'],
  [constants.S_IFIFO, 'fifo'],
]);

/** The entry's type by stat; undefined for sockets, which no layer can hold. */
export function entryType(stat: BigIntStats): LayerEntry['type'] | undefined {
  return TYPES.get(Number(stat.mode) & constants.S_IFMT);
}

/** Linux's encoding of dev_t. */
export function deviceNumbers(rdev: bigint): { major: number; minor: number } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn);
  return { major: Number(major), minor: Number(minor) };
}

const NON_ASCII = /[\x80-\xff]/;

/** The path of an entry's file as Node's fs takes it; as text where that is possible: it costs less. */
export function filePath({ file = '' }: Pick<LayerEntry, 'file'>): string | Buffer {
  return NON_ASCII.test(file) ? Buffer.from(file, 'latin1') : file;
}

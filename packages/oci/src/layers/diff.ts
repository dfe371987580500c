import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { SlipwayError } from '@slipway/core';
import { encodeHeader } from '../tar/encode.ts';
import type { TarEntry, TarEntryType } from '../tar/entry.ts';
import { BLOCK, paddingOf } from '../tar/fields.ts';
import { TAR_END } from '../tar/writer.ts';
import { type BytePath, bytePath, fsPath, joinPath, readablePath } from './byte-path.ts';
import { ChunkPacker } from './chunk-packer.ts';
import { type FileOwner, type RecordedOwners, ROOT_OWNER } from './recorded-owner.ts';
import { isWhiteout, OPAQUE_MARKER, WHITEOUT_PREFIX } from './whiteouts.ts';
import { getXattrs, type UpperXattrs } from './xattrs.ts';

export interface DiffLayerOptions {
  /** Seconds since 1970; later times are set back to it, so that the same content gives the same layer. */
  readonly sourceDateEpoch?: number | undefined;
  /** Whether a path (without leading slash, as UTF-8) and all below it are left out: mount points, for example. */
  readonly exclude?: ((path: string) => boolean) | undefined;
  /** How owners are found where there is one id, so that the files cannot belong to others. Default: they are as the files have them. */
  readonly recordedOwners?: RecordedOwners | undefined;
  readonly signal?: AbortSignal | undefined;
}

const SET_GID = 0o2000n;
const SECOND = 1_000_000_000n;
const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW;

/**
 * The tar stream of an overlayfs upper folder (mounted with `userxattr`) as a layer: names sorted by bytes, deletions as
 * `.wh.<name>`, opaque folders with `.wh..wh..opq`, further names of a file as hard links, times in whole seconds as docker
 * has them. No file is held in memory. Throws LAYER_CHANGED when a file changes meanwhile, TOOL_MISSING without getfattr.
 */
export async function* diffLayer(
  upper: string,
  options: DiffLayerOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const root = bytePath(upper);
  const xattrs = await getXattrs(root, options.signal);
  for (const chunk of new LayerPacker(root, xattrs, options).pack()) {
    options.signal?.throwIfAborted();
    yield chunk;
  }
}

class LayerPacker {
  readonly #root: BytePath;
  readonly #xattrs: UpperXattrs;
  readonly #options: DiffLayerOptions;
  readonly #packer = new ChunkPacker();
  readonly #block = Buffer.allocUnsafe(BLOCK);
  /** First name of each file that has several, by device and inode. */
  readonly #names = new Map<string, BytePath>();

  /** The groups of folders that give them to what is made in them (inode(7), S_ISGID), where owners are recorded. */
  readonly #groups = new Map<BytePath, number>();

  constructor(root: BytePath, xattrs: UpperXattrs, options: DiffLayerOptions) {
    this.#root = root;
    this.#xattrs = xattrs;
    this.#options = options;
  }

  *pack(): Generator<Uint8Array, void> {
    yield* this.#folder('');
    yield* this.#packer.add(TAR_END);
    yield* this.#packer.flush();
  }

  *#folder(folder: BytePath): Generator<Uint8Array, void> {
    const names = readdirSync(fsPath(this.#absolute(folder)), { encoding: 'buffer' });
    for (const name of names.map((bytes) => bytes.toString('latin1')).sort()) {
      const path = joinPath(folder, name);
      if (this.#options.exclude?.(readablePath(path))) continue;
      const stats = lstatSync(fsPath(this.#absolute(path)), { bigint: true });
      yield* this.#member(path, folder, name, stats);
      if (stats.isDirectory()) yield* this.#folder(path);
    }
  }

  *#member(
    path: BytePath,
    folder: BytePath,
    name: BytePath,
    stats: BigIntStats,
  ): Generator<Uint8Array, void> {
    if (stats.isSocket()) return; // a socket means nothing without the process that listens
    if (isWhiteout(stats)) {
      yield* this.#packer.add(
        this.#header(this.#marker(joinPath(folder, `${WHITEOUT_PREFIX}${name}`), stats)),
      );
      return;
    }
    const entry = this.#entry(path, folder, stats);
    yield* this.#packer.add(this.#header(entry));
    if (entry.type === 'file' && entry.size > 0) yield* this.#content(path, entry.size);
    if (entry.type === 'directory' && this.#isOpaque(path)) {
      yield* this.#packer.add(this.#header(this.#marker(joinPath(path, OPAQUE_MARKER), stats)));
    }
  }

  #header(entry: TarEntry): Buffer {
    return encodeHeader(entry, this.#block);
  }

  #entry(path: BytePath, folder: BytePath, stats: BigIntStats): TarEntry {
    const first = this.#firstName(path, stats);
    const type = first === undefined ? typeOf(stats) : 'hardlink';
    const device = type === 'char' || type === 'block';
    const xattrs = first === undefined ? this.#xattrs.stored.get(this.#absolute(path)) : undefined;
    return {
      name: Buffer.from(type === 'directory' ? `${path}/` : path, 'latin1'),
      type,
      mode: Number(stats.mode & 0o7777n),
      ...this.#owner(path, folder, stats),
      size: type === 'file' ? Number(stats.size) : 0,
      mtimeNs: this.#time(stats),
      ...(first === undefined ? {} : { linkname: Buffer.from(first, 'latin1') }),
      ...(type === 'symlink' ? { linkname: readlinkSync(fsPath(this.#absolute(path)), 'buffer') } : {}),
      ...(device ? { devmajor: majorOf(stats.rdev), devminor: minorOf(stats.rdev) } : {}),
      ...(xattrs ? { xattrs } : {}),
    };
  }

  #owner(path: BytePath, folder: BytePath, stats: BigIntStats): FileOwner {
    const { recordedOwners } = this.#options;
    if (recordedOwners === undefined) return { uid: Number(stats.uid), gid: Number(stats.gid) };
    const recorded = this.#xattrs.owners.get(this.#absolute(path));
    const owner = recorded ?? this.#unrecorded(path, folder, stats, recordedOwners);
    if (!recorded && (owner.uid !== 0 || owner.gid !== 0)) recordedOwners.onUnrecorded?.();
    if (stats.isDirectory() && stats.mode & SET_GID) this.#groups.set(path, owner.gid);
    return owner;
  }

  #unrecorded(path: BytePath, folder: BytePath, { ino }: BigIntStats, known: RecordedOwners): FileOwner {
    const kept = known.byInode.get(ino);
    if (kept) return kept;
    if (this.#xattrs.copied.has(this.#absolute(path))) return ROOT_OWNER;
    const { uid, gid } = known.created;
    return { uid, gid: this.#groups.get(folder) ?? gid };
  }

  #marker(path: BytePath, stats: BigIntStats): TarEntry {
    const name = Buffer.from(path, 'latin1');
    return { name, type: 'file', mode: 0, uid: 0, gid: 0, size: 0, mtimeNs: this.#time(stats) };
  }

  #firstName(path: BytePath, stats: BigIntStats): BytePath | undefined {
    if (stats.nlink < 2n || stats.isDirectory()) return undefined;
    const key = `${stats.dev}:${stats.ino}`;
    const first = this.#names.get(key);
    if (first === undefined) this.#names.set(key, path);
    return first;
  }

  *#content(path: BytePath, size: number): Generator<Uint8Array, void> {
    const fd = openSync(fsPath(this.#absolute(path)), READ_ONLY);
    try {
      for (let left = size; left > 0; ) {
        const space = this.#packer.space();
        const read = readSync(fd, space, 0, Math.min(space.length, left), null);
        if (read === 0) {
          const message = `${readablePath(path)} became shorter while the layer was made`;
          throw new SlipwayError('conflict', 'LAYER_CHANGED', message);
        }
        left -= read;
        yield* this.#packer.advance(read);
      }
    } finally {
      closeSync(fd);
    }
    yield* this.#packer.zeros(paddingOf(size));
  }

  /** In whole seconds, as docker writes them: a fraction would cost a PAX header for each file. */
  #time(stats: BigIntStats): bigint {
    const { sourceDateEpoch } = this.#options;
    const floor = stats.mtimeNs - (((stats.mtimeNs % SECOND) + SECOND) % SECOND);
    const limit = sourceDateEpoch === undefined ? floor : BigInt(sourceDateEpoch) * SECOND;
    return floor < limit ? floor : limit;
  }

  #isOpaque(path: BytePath): boolean {
    return this.#xattrs.opaque.has(this.#absolute(path));
  }

  #absolute(path: BytePath): BytePath {
    return path === '' ? this.#root : `${this.#root}/${path}`;
  }
}

function typeOf(stats: BigIntStats): TarEntryType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'char';
  return stats.isBlockDevice() ? 'block' : 'fifo';
}

/** glibc's gnu_dev_major: the device number has its parts interleaved. */
function majorOf(device: bigint): number {
  return Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn));
}

/** glibc's gnu_dev_minor. */
function minorOf(device: bigint): number {
  return Number((device & 0xffn) | ((device >> 12n) & 0xfff00n));
}

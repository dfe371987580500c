import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { TarEntry } from '../tar/entry.ts';
import { tarError } from '../tar/tar-error.ts';
import { type BytePath, bytePath, fsPath, memberPath, readablePath, splitPath } from './byte-path.ts';
import { FolderEndings } from './folder-endings.ts';
import { inheritedOwners } from './inherited-owners.ts';
import { OwnerNotes } from './owner-notes.ts';
import { encodeOwner, OWNER_RECORD } from './recorded-owner.ts';
import { ScopedFolder } from './scoped-folder.ts';
import { makeSpecialFiles, makeWhiteouts, type SpecialFile } from './special-files.ts';
import { UnpackBudget } from './unpack-budget.ts';
import type { UnpackOptions } from './unpack-options.ts';
import {
  AUFS_PREFIX,
  OPAQUE_MARKER,
  OVERLAY_MIXED,
  OVERLAY_OPAQUE,
  OVERLAY_WHITEOUT,
  WHITEOUT_PREFIX,
} from './whiteouts.ts';
import { setXattrs } from './xattrs.ts';

/** What was unpacked. */
export interface LayerStats {
  entries: number;
  /** Bytes of file content, holes included. */
  bytes: number;
  whiteouts: number;
  /** Devices that this process may not make; they are left out. */
  skippedDevices: number;
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const SET_ID = 0o6000;
/** Types of which nothing is kept in memory. */
const AT_ONCE: readonly TarEntry['type'][] = ['file', 'symlink', 'hardlink'];

/**
 * Writes members into a folder with synchronous calls: for the small files that images are made of, they are several times
 * faster than a trip through the thread pool each. What needs child processes is gathered and done in `finish`.
 */
export class LayerUnpacker {
  readonly stats: LayerStats = { entries: 0, bytes: 0, whiteouts: 0, skippedDevices: 0 };
  readonly #options: UnpackOptions;
  readonly #isLowest: boolean;
  readonly #owners: OwnerNotes | undefined;
  readonly #scope: ScopedFolder;
  readonly #budget = new UnpackBudget();
  readonly #uid: number = process.geteuid?.() ?? 0;
  readonly #gid: number = process.getegid?.() ?? 0;
  readonly #umask: number = process.umask();
  /** New files inherit the group of a set-gid folder, so that ours cannot be assumed once there is one. */
  #setGidSeen = false;
  readonly #folders = new FolderEndings();
  readonly #xattrs = new Map<BytePath, Map<string, Buffer>>();
  readonly #whiteouts = new Set<BytePath>();
  readonly #special = new Map<BytePath, { file: SpecialFile; entry: TarEntry }>();
  #open: { fd: number; entry: TarEntry; position: number; sparse: boolean } | undefined;

  constructor(folder: BytePath, options: UnpackOptions) {
    this.#options = options;
    this.#isLowest = Array.isArray(options.lower) && options.lower.length === 0;
    if (options.recordOwner) this.#owners = new OwnerNotes(folder);
    this.#scope = new ScopedFolder(folder, (path, absolute) => this.#keepMissing(path, absolute));
  }

  /** Begins a member. Throws TAR_ESCAPE, TAR_NAME, TAR_LINK. */
  begin(entry: TarEntry): void {
    this.stats.entries += 1;
    const path = memberPath(entry.name);
    if (path === '') {
      this.#root(entry);
      return;
    }
    if (entry.xattrs || !AT_ONCE.includes(entry.type)) this.#budget.keepItem(entry.name);
    const { folder, base } = splitPath(path);
    if (base.startsWith(WHITEOUT_PREFIX)) {
      this.#budget.keepItem(entry.name);
      this.#whiteout(folder, base, entry);
      return;
    }
    const absolute = this.#scope.absolute(this.#scope.place(path));
    if (this.#special.size > 0) this.#special.delete(absolute);
    this.#make(entry, absolute);
    if (entry.xattrs) this.#keepXattrs(absolute, entry.xattrs);
    this.#record(entry, absolute);
  }

  data(bytes: Buffer): void {
    const file = this.#open;
    if (file === undefined) return;
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(file.fd, bytes, done, bytes.length - done, file.sparse ? file.position + done : null);
    }
    file.position += bytes.length;
    this.stats.bytes += bytes.length;
  }

  hole(length: number): void {
    if (this.#open === undefined) return;
    this.#open.position += length;
    this.#open.sparse = true;
    this.stats.bytes += length;
  }

  /** Ends the member. */
  end(): void {
    const file = this.#open;
    if (file === undefined) return;
    const { fd, entry } = file;
    if (file.sparse) ftruncateSync(fd, file.position);
    if (this.#mustChown(entry)) fchownSync(fd, entry.uid, entry.gid);
    if (this.#mustChmod(entry)) fchmodSync(fd, entry.mode);
    const time = seconds(entry.mtimeNs);
    futimesSync(fd, time, time);
    this.#open = undefined;
    closeSync(fd);
  }

  /** Does what is left to do when all members are there. */
  async finish(): Promise<void> {
    const { signal } = this.#options;
    await this.#finishSpecial();
    const hidden = [...this.#whiteouts].filter((path) => !this.#supersedes(path));
    await this.#hide(hidden);
    this.stats.whiteouts += hidden.length;
    const lower = ((await this.#options.lower) ?? []).map(bytePath);
    if (this.#owners) {
      this.#owners.save();
      const owners = await inheritedOwners(this.#folders, lower, signal);
      for (const [path, owner] of owners) this.#attributesOf(path).set(OWNER_RECORD, encodeOwner(owner));
    }
    await setXattrs(this.#xattrs, signal);
    this.#folders.apply(lower, this.#options.applyOwner);
  }

  async #hide(paths: readonly BytePath[]): Promise<void> {
    const { signal } = this.#options;
    if (await makeWhiteouts(paths, signal)) return;
    for (const path of paths) {
      closeSync(openSync(fsPath(path), CREATE, 0o600));
      this.#attributesOf(path).set(OVERLAY_WHITEOUT.name, OVERLAY_WHITEOUT.value);
      const parent = this.#attributesOf(path.slice(0, path.lastIndexOf('/')));
      if (!parent.has(OVERLAY_OPAQUE.name)) parent.set(OVERLAY_OPAQUE.name, OVERLAY_MIXED);
    }
  }

  /** Closes what a failure left open. */
  close(): void {
    if (this.#open) closeSync(this.#open.fd);
    this.#open = undefined;
  }

  #root(entry: TarEntry): void {
    if (entry.type !== 'directory') throw tarError('TAR_NAME', 'only a folder can be the root', entry.name);
    const absolute = this.#scope.absolute('');
    if (this.#options.applyOwner) lchownSync(fsPath(absolute), entry.uid, entry.gid);
    this.#folders.set(absolute, { mode: entry.mode, mtime: seconds(entry.mtimeNs) });
    this.#record(entry, absolute);
  }

  #make(entry: TarEntry, absolute: BytePath): void {
    if (entry.type === 'file') this.#makeFile(entry, absolute);
    else if (entry.type === 'directory') this.#makeFolder(entry, absolute);
    else if (entry.type === 'symlink') this.#makeSymlink(entry, absolute);
    else if (entry.type === 'hardlink') this.#makeHardlink(entry, absolute);
    else this.#keepSpecial(entry, absolute, entry.type);
  }

  #makeFile(entry: TarEntry, absolute: BytePath): void {
    const fd = this.#creating(absolute, (path) => openSync(path, CREATE, entry.mode & 0o777))!;
    this.#open = { fd, entry, position: 0, sparse: false };
  }

  #makeFolder(entry: TarEntry, absolute: BytePath): void {
    const path = fsPath(absolute);
    this.#creating(absolute, (free) => mkdirSync(free, 0o700), { keepFolder: true });
    if (this.#mustChown(entry)) lchownSync(path, entry.uid, entry.gid);
    if (entry.mode & 0o2000) this.#setGidSeen = true;
    this.#folders.set(absolute, { mode: entry.mode, mtime: seconds(entry.mtimeNs) });
  }

  #makeSymlink(entry: TarEntry, absolute: BytePath): void {
    this.#creating(absolute, (path) => symlinkSync(entry.linkname ?? '', path));
    if (this.#mustChown(entry)) lchownSync(fsPath(absolute), entry.uid, entry.gid);
    lutimesSync(fsPath(absolute), seconds(entry.mtimeNs), seconds(entry.mtimeNs));
  }

  #makeHardlink(entry: TarEntry, absolute: BytePath): void {
    const target = memberPath(entry.linkname ?? Buffer.alloc(0));
    const source = target === '' ? '' : this.#scope.absolute(this.#scope.place(target));
    const found = lstatSync(fsPath(source), { throwIfNoEntry: false });
    const kept = this.#special.get(source);
    if (kept && found === undefined) {
      this.#special.set(absolute, { ...kept, file: { ...kept.file, path: absolute } });
    } else if (found === undefined || found.isDirectory() || source === absolute) {
      const shown = readablePath(target);
      throw tarError('TAR_LINK', `its hard link target "${shown}" is not a file of this layer`, entry.name);
    } else {
      this.#creating(absolute, (path) => linkSync(fsPath(source), path));
    }
  }

  #keepSpecial(entry: TarEntry, path: BytePath, type: SpecialFile['type']): void {
    if (lstatSync(fsPath(path), { throwIfNoEntry: false })) this.#remove(path);
    const { mode, devmajor: major = 0, devminor: minor = 0 } = entry;
    if (type === 'char' && major === 0 && minor === 0) this.#whiteouts.add(path);
    else if (type === 'fifo' || this.#options.makeDevices)
      this.#special.set(path, { file: { path, type, mode, major, minor }, entry });
    else this.stats.skippedDevices += 1;
  }

  async #finishSpecial(): Promise<void> {
    if (this.#special.size === 0) return;
    await makeSpecialFiles(
      [...this.#special.values()].map(({ file }) => file),
      this.#options.signal,
    );
    for (const [absolute, { entry }] of this.#special) {
      const path = fsPath(absolute);
      if (this.#mustChown(entry)) lchownSync(path, entry.uid, entry.gid);
      if (entry.mode & SET_ID) chmodSync(path, entry.mode);
      lutimesSync(path, seconds(entry.mtimeNs), seconds(entry.mtimeNs));
    }
  }

  #whiteout(folder: BytePath, base: BytePath, entry: TarEntry): void {
    const parent = this.#scope.absolute(this.#scope.folder(folder));
    if (base === OPAQUE_MARKER) this.#markOpaque(parent);
    if (base.startsWith(AUFS_PREFIX)) return;
    const hidden = base.slice(WHITEOUT_PREFIX.length);
    if (hidden === '' || hidden === '.' || hidden === '..') {
      throw tarError('TAR_ESCAPE', 'it would delete a folder from inside', entry.name);
    }
    this.#whiteouts.add(`${parent}/${hidden}`);
  }

  /** In the lowest layer there is nothing to hide; otherwise a member of this layer stands for the whiteout. */
  #supersedes(path: BytePath): boolean {
    const found = lstatSync(fsPath(path), { throwIfNoEntry: false });
    if (found?.isDirectory()) this.#markOpaque(path);
    return found !== undefined || this.#isLowest;
  }

  #markOpaque(absolute: BytePath): void {
    if (this.#isLowest) return;
    this.stats.whiteouts += 1;
    this.#attributesOf(absolute).set(OVERLAY_OPAQUE.name, OVERLAY_OPAQUE.value);
  }

  #keepXattrs(absolute: BytePath, xattrs: ReadonlyMap<string, Buffer>): void {
    for (const [name, value] of xattrs) {
      if (!this.#options.takesXattr(name)) continue;
      this.#budget.keepXattr(value, Buffer.from(absolute, 'latin1'));
      this.#attributesOf(absolute).set(name, value);
    }
  }

  #attributesOf(absolute: BytePath): Map<string, Buffer> {
    const known = this.#xattrs.get(absolute);
    if (known) return known;
    const created = new Map<string, Buffer>();
    this.#xattrs.set(absolute, created);
    return created;
  }

  /** A later member replaces an earlier one of the same name. */
  #creating<T>(
    absolute: BytePath,
    create: (path: string | Buffer) => T,
    { keepFolder = false } = {},
  ): T | undefined {
    const path = fsPath(absolute);
    try {
      return create(path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      if (keepFolder && lstatSync(path).isDirectory()) return undefined;
      this.#remove(absolute);
      return create(path);
    }
  }

  #remove(absolute: BytePath): void {
    const path = fsPath(absolute);
    const found = lstatSync(path);
    if (found.isDirectory()) {
      rmSync(path, { recursive: true });
      this.#forgetBelow(absolute);
    } else {
      unlinkSync(path);
    }
    if (found.isDirectory() || found.isSymbolicLink()) this.#scope.forget();
    this.#xattrs.delete(absolute);
  }

  /** What was put off must not be done below a path that is a folder no more: a symlink there would lead it out. */
  #forgetBelow(absolute: BytePath): void {
    for (const put of [this.#folders, this.#xattrs, this.#special, this.#whiteouts]) {
      this.#budget.look(put.size, Buffer.from(absolute, 'latin1'));
      for (const path of put.keys())
        if (path === absolute || path.startsWith(`${absolute}/`)) put.delete(path);
    }
  }

  /** A parent that the layer does not name is as it is below. */
  #keepMissing(path: BytePath, absolute: BytePath): void {
    if (this.#isLowest || this.#options.lower === undefined) return;
    this.#budget.keepItem(Buffer.from(path, 'latin1'));
    this.#folders.set(absolute, { likeBelow: path });
  }

  #record(entry: TarEntry, absolute: BytePath): void {
    if (this.#owners?.note(entry, absolute, this.#xattrs)) this.#budget.keepItem(entry.name);
  }

  #mustChown(entry: TarEntry): boolean {
    if (!this.#options.applyOwner) return false;
    return this.#setGidSeen || entry.uid !== this.#uid || entry.gid !== this.#gid;
  }

  /** A change of owner clears set-id bits, and the umask takes bits from a new file. */
  #mustChmod(entry: TarEntry): boolean {
    return (entry.mode & (0o7000 | this.#umask)) !== 0;
  }
}

function seconds(ns: bigint): number {
  return Number(ns) / 1e9;
}

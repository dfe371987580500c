import { type BigIntStats, readlinkSync } from 'node:fs';
import { SlipwayError } from '@slipway/core';
import type { IgnoreMatcher } from '@slipway/dockerfile';
import { fileIdentity } from '../cache/file-index.ts';
import { type BytePath, baseName, bytePath, hostPath, joinPath, parentPath, pathText } from './byte-path.ts';
import { type FileMode, modeOf } from './file-mode.ts';
import { deviceNumbers, entryType, type LayerEntry } from './layer-entry.ts';
import { lstatInRoot, resolveInRoot } from './resolve-in-root.ts';
import { listFolder, matchSource, type SourceMatch, type SourceTree } from './source-tree.ts';

/** What is copied: paths of a tree, a file with another name (a download), or a file written in the Dockerfile. */
export type CopySource =
  | { readonly kind: 'tree'; readonly tree: SourceTree; readonly path: string }
  | {
      readonly kind: 'file';
      readonly file: string;
      readonly name: string;
      readonly mode: number;
      readonly mtimeNs: bigint;
    }
  | { readonly kind: 'inline'; readonly name: string; readonly content: Buffer };

export interface CopyPlanOptions {
  readonly sources: readonly CopySource[];
  /** Absolute; a trailing slash says that it is a folder. */
  readonly destination: string;
  /** The merged root filesystem that is copied into, read only; undefined for an empty one. */
  readonly rootfs: string | undefined;
  /** `--chown`, by number. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** `--chmod`. */
  readonly mode?: FileMode | undefined;
  /** `--exclude`: paths relative to the source. */
  readonly excludes?: IgnoreMatcher | undefined;
  /** `--parents`: the sources' own folders are kept below the destination. */
  readonly keepParents?: boolean;
  /** The time of folders that have no source and of inline files. */
  readonly now: Date;
}

/**
 * The entries of the layer that a COPY makes, parents first, following the rules of docker (BuildKit's `fsutil/copy`):
 * a folder's content is copied, not the folder; an existing folder, or a trailing slash, takes files inside; symlinks of
 * the destination are followed inside the root filesystem. Throws COPY_SOURCE_NOT_FOUND, COPY_NOT_A_FOLDER.
 */
export function planCopy(options: CopyPlanOptions): LayerEntry[] {
  const plan = new CopyPlan(options);
  for (const source of options.sources) plan.add(source);
  return plan.entries();
}

/** The entries that make a folder and its missing parents (WORKDIR); empty where it exists already. */
export function planFolder(
  options: Pick<CopyPlanOptions, 'destination' | 'rootfs' | 'owner' | 'now'>,
): LayerEntry[] {
  const plan = new CopyPlan({ ...options, sources: [] });
  plan.makeDestination();
  const entries = plan.entries();
  return entries.every((entry) => entry.implied) ? [] : entries;
}

class CopyPlan {
  readonly #options: CopyPlanOptions;
  readonly #entries = new Map<BytePath, LayerEntry>();
  readonly #destination: BytePath;
  readonly #asFolder: boolean;
  /** The roots of the sources as byte strings. */
  readonly #roots = new Map<SourceTree, string>();
  /** Folders that the base does not have, so that nothing in them need be looked up. */
  readonly #fresh = new Set<BytePath>();
  /** device:inode → first name in the layer, for files with several names. */
  readonly #names = new Map<string, BytePath>();

  constructor(options: CopyPlanOptions) {
    this.#options = options;
    this.#asFolder = /(^|\/)\.{0,2}$/.test(options.destination);
    const wanted = bytePath(options.destination);
    this.#destination = options.rootfs === undefined ? wanted : resolveInRoot(options.rootfs, wanted);
  }

  entries(): LayerEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.target < b.target ? -1 : 1));
  }

  makeDestination(): void {
    this.#makeFolder(this.#destination);
  }

  add(source: CopySource): void {
    if (this.#asFolder) this.makeDestination();
    if (source.kind === 'tree') {
      for (const match of matchSource(source.tree, source.path)) this.#addMatch(source.tree, match);
      return;
    }
    const target = this.#targetOfFile(Buffer.from(source.name).toString('latin1'));
    const base = { target, type: 'file' as const, ...this.#owner(0, 0) };
    if (source.kind === 'inline') {
      const mtimeNs = BigInt(this.#options.now.getTime()) * 1_000_000n;
      const { content } = source;
      this.#put({ ...base, mode: this.#mode(0o644, false), mtimeNs, size: content.length, content });
    } else {
      const stat = lstatInRoot(source.file, '' as BytePath)!;
      const mode = this.#mode(source.mode, false);
      const file = Buffer.from(source.file).toString('latin1');
      const identity = fileIdentity(stat);
      this.#put({ ...base, mode, mtimeNs: source.mtimeNs, size: Number(stat.size), file, identity });
    }
  }

  #addMatch(tree: SourceTree, match: SourceMatch): void {
    if (this.#options.keepParents) {
      this.#addParents(tree, match);
    } else if (match.stat.isDirectory()) {
      this.#addTopFolder(tree, match);
    } else {
      this.#addEntry(tree, match.resolved, match.stat, this.#targetOfFile(baseName(match.named)));
    }
  }

  #addParents(tree: SourceTree, match: SourceMatch): void {
    const target = joinPath(this.#destination, match.named);
    const folders: BytePath[] = [];
    for (let path = parentPath(match.named); path !== ''; path = parentPath(path)) folders.unshift(path);
    this.makeDestination();
    for (const folder of folders) {
      const stat = lstatInRoot(tree.root, resolveInRoot(tree.root, folder));
      if (stat) this.#addEntry(tree, folder, stat, joinPath(this.#destination, folder));
    }
    if (match.stat.isDirectory()) this.#addTree(tree, match.resolved, match.stat, target);
    else this.#addEntry(tree, match.resolved, match.stat, target);
  }

  /** A folder's content goes to the destination; the destination takes its metadata only where it is new. */
  #addTopFolder(tree: SourceTree, match: SourceMatch): void {
    const existing = this.#existing(this.#destination);
    if (existing === undefined) {
      this.#makeFolder(parentPath(this.#destination));
      this.#addEntry(tree, match.resolved, match.stat, this.#destination);
    } else if (existing !== 'directory') {
      throw notFolder(this.#destination);
    } else this.makeDestination();
    this.#addChildren(tree, match.resolved, this.#destination, match.resolved);
  }

  #addTree(tree: SourceTree, folder: BytePath, stat: BigIntStats, target: BytePath): void {
    this.#addEntry(tree, folder, stat, target);
    this.#addChildren(tree, folder, target, folder);
  }

  #addChildren(tree: SourceTree, folder: BytePath, target: BytePath, top: BytePath): void {
    const { excludes } = this.#options;
    for (const name of listFolder(tree, folder)) {
      const path = joinPath(folder, name);
      const stat = lstatInRoot(tree.root, path);
      if (!stat) continue;
      const relative = top === '' ? path : path.slice(top.length + 1);
      const left = tree.ignore?.excludes(pathText(path)) || excludes?.excludes(pathText(relative)) || false;
      if (stat.isDirectory()) {
        if (tree.ignore?.prunes(pathText(path)) || excludes?.prunes(pathText(relative))) continue;
        const before = this.#entries.size;
        const child = joinPath(target, name);
        if (!left) this.#addEntry(tree, path, stat, child);
        this.#addChildren(tree, path, child, top);
        // A folder that is left out appears only for what `!` brings back inside it.
        if (left && this.#entries.size > before) this.#addEntry(tree, path, stat, child);
      } else if (!left) {
        this.#addEntry(tree, path, stat, joinPath(target, name));
      }
    }
  }

  #addEntry(tree: SourceTree, path: BytePath, stat: BigIntStats, target: BytePath): void {
    const type = entryType(stat);
    if (type === undefined) return;
    const owner = tree.keepsOwners ? this.#owner(Number(stat.uid), Number(stat.gid)) : this.#owner(0, 0);
    const mode = type === 'symlink' ? 0o777 : this.#mode(Number(stat.mode) & 0o7777, type === 'directory');
    const xattrs = tree.xattrs?.get(path);
    const base = { target, type, mode, ...owner, mtimeNs: stat.mtimeNs, size: 0 };
    const entry = xattrs === undefined ? base : { ...base, xattrs };
    if (type === 'file') {
      const first = this.#firstName(stat, target);
      const file = `${this.#rootBytes(tree)}/${path}`;
      if (first !== undefined) this.#put({ ...entry, type: 'hardlink', link: first });
      else this.#put({ ...entry, size: Number(stat.size), file, identity: fileIdentity(stat) });
    } else if (type === 'symlink') {
      const link = readlinkSync(hostPath(tree.root, path), { encoding: 'buffer' }).toString('latin1');
      this.#put({ ...entry, link });
    } else if (type === 'char' || type === 'block') {
      this.#put({ ...entry, device: deviceNumbers(stat.rdev) });
    } else this.#put(entry);
  }

  #rootBytes(tree: SourceTree): string {
    const known = this.#roots.get(tree);
    if (known !== undefined) return known;
    const bytes = Buffer.from(tree.root).toString('latin1');
    this.#roots.set(tree, bytes);
    return bytes;
  }

  #firstName(stat: BigIntStats, target: BytePath): BytePath | undefined {
    if (stat.nlink < 2n) return undefined;
    const identity = `${stat.dev}:${stat.ino}`;
    const first = this.#names.get(identity);
    if (first === undefined) this.#names.set(identity, target);
    // The layer is sorted: a link must come after the name that it links to.
    return first !== undefined && first < target ? first : undefined;
  }

  #targetOfFile(name: string): BytePath {
    const inside = this.#asFolder || this.#existing(this.#destination) === 'directory';
    return inside ? joinPath(this.#destination, name) : this.#destination;
  }

  #put(entry: LayerEntry): void {
    const existing = this.#existing(entry.target);
    if (entry.type === 'directory' && existing !== undefined && existing !== 'directory') {
      throw notFolder(entry.target);
    }
    if (entry.type !== 'directory' && existing === 'directory') {
      const message = `/${pathText(entry.target)} is a folder and cannot be replaced by a file`;
      throw new SlipwayError('invalid', 'COPY_OVER_FOLDER', message);
    }
    this.#makeFolder(parentPath(entry.target));
    this.#entries.set(entry.target, entry);
  }

  /** Lists the folder and its parents: those of the base as they are, new ones as 0755 of the copy's owner. */
  #makeFolder(folder: BytePath): void {
    if (folder === '' || this.#entries.get(folder)?.type === 'directory') return;
    this.#makeFolder(parentPath(folder));
    const { now } = this.#options;
    const stat = this.#inBase(folder);
    if (stat && !stat.isDirectory()) throw notFolder(folder);
    const mtimeNs = stat?.mtimeNs ?? BigInt(now.getTime()) * 1_000_000n;
    const base = { target: folder, type: 'directory' as const, mtimeNs, size: 0 };
    if (!stat) this.#entries.set(folder, { ...base, mode: 0o755, ...this.#owner(0, 0) });
    else {
      const mode = Number(stat.mode) & 0o7777;
      const owner = { uid: Number(stat.uid), gid: Number(stat.gid) };
      this.#entries.set(folder, { ...base, mode, ...owner, implied: true });
    }
  }

  #existing(path: BytePath): LayerEntry['type'] | undefined {
    if (path === '') return 'directory';
    const planned = this.#entries.get(path);
    if (planned) return planned.type;
    const stat = this.#inBase(path);
    return stat && entryType(stat);
  }

  #inBase(path: BytePath): BigIntStats | undefined {
    const { rootfs } = this.#options;
    const fresh = rootfs === undefined || this.#fresh.has(parentPath(path));
    const stat = fresh ? undefined : lstatInRoot(rootfs, path);
    if (stat === undefined) this.#fresh.add(path);
    return stat;
  }

  #owner(uid: number, gid: number): { uid: number; gid: number } {
    return this.#options.owner ?? { uid, gid };
  }

  #mode(mode: number, folder: boolean): number {
    return this.#options.mode === undefined ? mode : modeOf(this.#options.mode, mode, folder);
  }
}

function notFolder(path: BytePath): SlipwayError {
  return new SlipwayError('invalid', 'COPY_NOT_A_FOLDER', `/${pathText(path)} exists and is not a folder`);
}

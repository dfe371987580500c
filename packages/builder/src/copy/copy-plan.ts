import type { BigIntStats } from 'node:fs';
import type { IgnoreMatcher } from '@slipway/dockerfile';
import type { WalkRecord } from '../cache/walk-record.ts';
import type { ArchiveMember } from './archive-members.ts';
import { planArchive } from './archive-plan.ts';
import { type BytePath, baseName, bytePath, joinPath, parentPath, pathText } from './byte-path.ts';
import type { EntryTable } from './entry-table.ts';
import { hasWildcard } from './glob.ts';
import { deviceNumbers, entryType } from './layer-entry.ts';
import { LayerPlan, type LayerPlanOptions, notFolder, resolveDestination } from './layer-plan.ts';
import { linkInRoot, lstatInRoot, resolveInRoot } from './resolve-in-root.ts';
import { listFolder, matchParents, matchSource, type SourceMatch, type SourceTree } from './source-tree.ts';

/** What is copied: paths of a tree, a file with another name (a download), a file written in the Dockerfile, or an archive. */
export type CopySource =
  | { readonly kind: 'archive'; readonly members: readonly ArchiveMember[] }
  | { readonly kind: 'tree'; readonly tree: SourceTree; readonly path: string }
  | {
      readonly kind: 'file';
      readonly file: string;
      readonly sha256: string;
      readonly name: string;
      readonly mode: number;
      readonly mtimeNs: bigint;
    }
  | { readonly kind: 'inline'; readonly name: string; readonly content: Buffer };

export interface CopyPlanOptions extends LayerPlanOptions {
  readonly sources: readonly CopySource[];
  /** Absolute; a trailing slash says that it is a folder. */
  readonly destination: string;
  /** `--exclude`: paths relative to the source. */
  readonly excludes?: IgnoreMatcher | undefined;
  /** `--parents`: the sources' own folders are kept below the destination. */
  readonly keepParents?: boolean;
  /** Is told of all that the plan depends on in the tree; for sources of one tree. */
  readonly walk?: WalkRecord | undefined;
}

/**
 * The entries of the layer that a COPY makes, parents first, following the rules of docker (BuildKit's `fsutil/copy`):
 * a folder's content is copied, not the folder; an existing folder, or a trailing slash, takes files inside; symlinks of
 * the destination are followed inside the root filesystem. Throws COPY_SOURCE_NOT_FOUND, COPY_NOT_A_FOLDER.
 */
export function planCopy(options: CopyPlanOptions): EntryTable {
  const plan = new CopyPlan(options);
  for (const source of options.sources) plan.add(source);
  return plan.entries();
}

/** The entries that put a tree, or what is at a path of it, into an empty root filesystem. */
export function planTree(tree: SourceTree, now: Date, path = '/'): EntryTable {
  return planCopy({ sources: [{ kind: 'tree', tree, path }], destination: '/', rootfs: undefined, now });
}

/** The entries that make a folder and its missing parents (WORKDIR); undefined where it exists already. */
export function planFolder(
  options: Pick<CopyPlanOptions, 'destination' | 'rootfs' | 'above' | 'owner' | 'now'>,
): EntryTable | undefined {
  const plan = new CopyPlan({ ...options, sources: [] });
  plan.makeDestination();
  const entries = plan.entries();
  return entries.changesNothing ? undefined : entries;
}

class CopyPlan {
  readonly #options: CopyPlanOptions;
  readonly #layer: LayerPlan;
  readonly #destination: BytePath;
  readonly #asFolder: boolean;
  /** The roots of the sources as byte strings. */
  readonly #roots = new Map<SourceTree, string>();
  /** device:inode → first name in the layer, for files with several names. */
  readonly #names = new Map<string, BytePath>();

  constructor(options: CopyPlanOptions) {
    this.#options = options;
    this.#layer = new LayerPlan(options);
    this.#asFolder = /(^|\/)\.{0,2}$/.test(options.destination);
    this.#destination = resolveDestination(options, bytePath(options.destination));
  }

  entries(): EntryTable {
    return this.#layer.entries();
  }

  makeDestination(): void {
    this.#layer.makeFolder(this.#destination);
  }

  add(source: CopySource): void {
    if (source.kind === 'tree') this.#addMatches(source.tree, source.path);
    else if (source.kind === 'archive') {
      planArchive(this.#layer, this.#destination, source.members, this.#options.rootfs);
    } else this.#addFile(source);
  }

  #addFile(source: Extract<CopySource, { kind: 'file' | 'inline' }>): void {
    const layer = this.#layer;
    if (this.#asFolder) this.makeDestination();
    const target = this.#targetOfFile(Buffer.from(source.name).toString('latin1'));
    const base = { target, type: 'file' as const, ...layer.owner(0, 0) };
    if (source.kind === 'inline') {
      const mtimeNs = BigInt(this.#options.now.getTime()) * 1_000_000n;
      const { content } = source;
      layer.put({ ...base, mode: layer.mode(0o644, false), mtimeNs, size: content.length, content });
    } else {
      const stat = lstatInRoot(source.file, '' as BytePath)!;
      const mode = layer.mode(source.mode, false);
      const file = Buffer.from(source.file).toString('latin1');
      const { sha256, mtimeNs } = source;
      layer.put({ ...base, mode, mtimeNs, size: Number(stat.size), file, sha256 });
    }
  }

  /** What a pattern matches; where it matches nothing, nothing is made, not even the destination. */
  #addMatches(tree: SourceTree, path: string): void {
    const { walk, keepParents } = this.#options;
    if (keepParents || hasWildcard(path)) walk?.giveUp();
    if (keepParents) {
      for (const { match, pivot } of matchParents(tree, path)) this.#addParents(tree, match, pivot);
      return;
    }
    for (const match of matchSource(tree, path)) {
      if (walk) noteMatch(walk, match);
      if (this.#asFolder) this.makeDestination();
      if (match.stat.isDirectory()) this.#addTopFolder(tree, match);
      else this.#addEntry(tree, match.resolved, match.stat, this.#targetOfFile(baseName(match.named)));
    }
  }

  /** Keeps the folders between `pivot` and the match. */
  #addParents(tree: SourceTree, match: SourceMatch, pivot: BytePath): void {
    const place = (path: BytePath): BytePath =>
      joinPath(this.#destination, pivot === '' ? path : path.slice(pivot.length + 1));
    const folders: BytePath[] = [];
    for (let path = parentPath(match.named); path.length > pivot.length; path = parentPath(path)) {
      folders.unshift(path);
    }
    this.makeDestination();
    for (const folder of folders) {
      const stat = lstatInRoot(tree.root, resolveInRoot(tree.root, folder));
      if (stat) this.#addEntry(tree, folder, stat, place(folder));
    }
    if (match.stat.isDirectory()) this.#addTree(tree, match.resolved, match.stat, place(match.named));
    else this.#addEntry(tree, match.resolved, match.stat, place(match.named));
  }

  /** A folder's content goes to the destination, which takes the folder's time and nothing else of it, as docker has it. */
  #addTopFolder(tree: SourceTree, match: SourceMatch): void {
    const existing = this.#layer.existing(this.#destination);
    if (existing !== undefined && existing !== 'directory') throw notFolder(this.#destination);
    this.makeDestination();
    const made = this.#layer.planned(this.#destination);
    if (made) this.#layer.set({ ...made, mtimeNs: match.stat.mtimeNs });
    this.#addChildren(tree, match.resolved, this.#destination, match.resolved);
  }

  #addTree(tree: SourceTree, folder: BytePath, stat: BigIntStats, target: BytePath): void {
    this.#addEntry(tree, folder, stat, target);
    this.#addChildren(tree, folder, target, folder);
  }

  /**
   * In the order of the paths' bytes, which is that of the layer: what is in a folder `a` comes where `a/` does, behind `a-b` and
   * before `a0`.
   */
  #addChildren(tree: SourceTree, folder: BytePath, target: BytePath, top: BytePath): void {
    /** Folders whose content comes later, the next one last. */
    const waiting: { readonly from: string; readonly enter: () => void }[] = [];
    for (const name of listFolder(tree, folder)) {
      while (waiting.length > 0 && waiting.at(-1)!.from < name) waiting.pop()!.enter();
      const path = joinPath(folder, name);
      const stat = lstatInRoot(tree.root, path);
      if (!stat) this.#options.walk?.giveUp();
      if (!stat) continue;
      const left = this.#isLeftOut(tree, path, top);
      const child = joinPath(target, name);
      if (entryType(stat) !== 'directory') {
        if (!left) {
          this.#options.walk?.add(path, stat);
          this.#addEntry(tree, path, stat, child);
        }
        continue;
      }
      if (tree.ignore?.prunes(pathText(path)) || this.#options.excludes?.prunes(below(path, top))) continue;
      this.#options.walk?.add(path, stat);
      if (!left) this.#addEntry(tree, path, stat, child);
      const enter = (): void => {
        const before = this.#layer.size;
        this.#addChildren(tree, path, child, top);
        // A folder that is left out appears only for what `!` brings back inside it.
        if (left && this.#layer.size > before) this.#addEntry(tree, path, stat, child);
      };
      waiting.push({ from: `${name}/`, enter });
    }
    while (waiting.length > 0) waiting.pop()!.enter();
  }

  #isLeftOut(tree: SourceTree, path: BytePath, top: BytePath): boolean {
    const { excludes } = this.#options;
    return tree.ignore?.excludes(pathText(path)) || excludes?.excludes(below(path, top)) || false;
  }

  #addEntry(tree: SourceTree, path: BytePath, stat: BigIntStats, target: BytePath): void {
    const type = entryType(stat);
    if (type === undefined) return;
    const layer = this.#layer;
    const own = tree.owners?.get(path) ?? { uid: Number(stat.uid), gid: Number(stat.gid) };
    const { uid, gid } = tree.keepsOwners ? layer.owner(own.uid, own.gid) : layer.owner(0, 0);
    const permissions = Number(stat.mode) & 0o7777;
    const mode = type === 'symlink' ? 0o777 : layer.mode(permissions, type === 'directory');
    const { mtimeNs } = stat;
    const xattrs = tree.xattrs?.get(path);
    const rare = xattrs === undefined ? undefined : { xattrs };
    const base = { target, mode, uid, gid, mtimeNs, size: 0, ...rare };
    if (type === 'symlink') layer.put({ ...base, type, link: linkInRoot(tree.root, path) });
    else if (type === 'char' || type === 'block')
      layer.put({ ...base, type, device: deviceNumbers(stat.rdev) });
    else if (type !== 'file') layer.put({ ...base, type });
    else {
      const link = this.#firstName(stat, target);
      const file = `${this.#rootBytes(tree)}/${path}`;
      const size = Number(stat.size);
      if (link !== undefined) layer.put({ ...base, type: 'hardlink', link });
      else layer.put({ target, type, mode, uid, gid, mtimeNs, size, file, stamp: stat, ...rare });
    }
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
    return first;
  }

  #targetOfFile(name: string): BytePath {
    const inside = this.#asFolder || this.#layer.existing(this.#destination) === 'directory';
    return inside ? joinPath(this.#destination, name) : this.#destination;
  }
}

/** What is found by the path's own name, through no symlink. */
function noteMatch(walk: WalkRecord, { named, resolved, stat }: SourceMatch): void {
  if (named === resolved) walk.add(named, stat);
  else walk.giveUp();
}

/** The path relative to the source, as patterns see it. */
function below(path: BytePath, top: BytePath): string {
  return pathText(top === '' ? path : path.slice(top.length + 1));
}

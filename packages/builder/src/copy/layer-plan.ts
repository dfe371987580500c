import type { BigIntStats } from 'node:fs';
import { followLinks } from '@slipway/containers';
import { SlipwayError } from '@slipway/core';
import { type BytePath, parentPath, pathText } from './byte-path.ts';
import { EntryTable, type NewEntry } from './entry-table.ts';
import { type FileMode, modeOf } from './file-mode.ts';
import { entryType, type LayerEntry } from './layer-entry.ts';
import { type BaseRoot, linkInBase, lstatInBase } from './layered-root.ts';

export interface LayerPlanOptions {
  /** The merged root filesystem that is copied into, read only; undefined for an empty one. */
  readonly rootfs: BaseRoot | undefined;
  /** What this build has put over it and not unpacked, topmost first. It only adds: what it does not have is the root filesystem's. */
  readonly above?: readonly EntryTable[];
  /** `--chown`, by number. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** `--chmod`. */
  readonly mode?: FileMode | undefined;
  /** The time of folders that have no source and of inline files. */
  readonly now: Date;
}

/** The entries of a layer while they are planned, and what the root filesystem below has at their paths. */
export class LayerPlan {
  readonly #options: LayerPlanOptions;
  readonly #entries = new EntryTable();
  #hasLinks = false;
  /** The folder that the last entry was put into: most others are put there too. */
  #lastFolder: BytePath | undefined;
  /** Folders below which nothing of the base is seen, so that nothing need be looked up. */
  readonly #fresh = new Set<BytePath>();

  constructor(options: LayerPlanOptions) {
    this.#options = options;
  }

  /** Sorted by their paths' bytes; of a file with several names the first has the content. */
  entries(): EntryTable {
    if (this.#hasLinks) this.#orderHardlinks();
    return this.#entries;
  }

  get size(): number {
    return this.#entries.size;
  }

  planned(path: BytePath): LayerEntry | undefined {
    return this.#entries.get(path);
  }

  set(entry: NewEntry): void {
    if (entry.type === 'hardlink') this.#hasLinks = true;
    this.#entries.set(entry);
  }

  /** Adds the entry and its parents. Throws where it would change a folder into something else, or the reverse. */
  put(entry: NewEntry): void {
    const isFolder = entry.type === 'directory';
    const existing = this.existing(entry.target, isFolder);
    if (isFolder && existing !== undefined && existing !== 'directory') {
      throw notFolder(entry.target);
    }
    if (!isFolder && existing === 'directory') {
      const message = `/${pathText(entry.target)} is a folder and cannot be replaced by a file`;
      throw new SlipwayError('invalid', 'COPY_OVER_FOLDER', message);
    }
    const folder = parentPath(entry.target);
    if (folder !== this.#lastFolder) this.makeFolder(folder);
    this.#lastFolder = folder;
    this.set(entry);
  }

  /** Adds the entry of an archive in place of whatever is there; only folders are merged. */
  replace(entry: LayerEntry): void {
    const { target } = entry;
    const existing = this.existing(target);
    if (existing === 'directory' && entry.type !== 'directory') this.#entries.removeTree(target);
    this.#lastFolder = undefined;
    if (existing !== 'directory') this.#fresh.add(target);
    this.makeFolder(parentPath(target), 0o755);
    this.set(entry);
  }

  /** Lists the folder and its parents: those of the base as they are, new ones with the mode and owner of the copy. */
  makeFolder(folder: BytePath, newMode: number = this.#newFolderMode()): void {
    if (folder === '' || this.#entries.typeOf(folder) === 'directory') return;
    this.makeFolder(parentPath(folder), newMode);
    const { now } = this.#options;
    const below = this.#below(folder);
    if (below && below.type !== 'directory') throw notFolder(folder);
    const mtimeNs = below?.mtimeNs ?? BigInt(now.getTime()) * 1_000_000n;
    const base = { target: folder, type: 'directory' as const, mtimeNs, size: 0 };
    if (!below) this.#entries.set({ ...base, mode: newMode, ...this.owner(0, 0) });
    else {
      const { mode, uid, gid } = below;
      this.#entries.set({ ...base, mode, uid, gid, implied: true });
    }
  }

  /** What this plan is put on has at the path. */
  #below(path: BytePath):
    | (Pick<LayerEntry, 'mode' | 'uid' | 'gid' | 'mtimeNs'> & {
        readonly type: LayerEntry['type'] | undefined;
      })
    | undefined {
    const above = inTables(this.#options.above, path);
    if (above) return above;
    const stat = this.inBase(path);
    if (!stat) return undefined;
    const mode = Number(stat.mode) & 0o7777;
    return {
      type: entryType(stat),
      mode,
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      mtimeNs: stat.mtimeNs,
    };
  }

  /** `isFolder`: whether something may be put below it. */
  existing(path: BytePath, isFolder = true): LayerEntry['type'] | undefined {
    if (path === '') return 'directory';
    const planned = this.#entries.typeOf(path);
    if (planned !== undefined) return planned;
    for (const table of this.#options.above ?? []) {
      const above = table.typeOf(path);
      if (above !== undefined) return above;
    }
    const stat = this.inBase(path, isFolder);
    return stat && entryType(stat);
  }

  /** In the root filesystem alone. */
  inBase(path: BytePath, isFolder = true): BigIntStats | undefined {
    const { rootfs } = this.#options;
    const hidden = rootfs === undefined || this.#fresh.has(path) || this.#fresh.has(parentPath(path));
    const stat = hidden ? undefined : lstatInBase(rootfs, path);
    if (stat === undefined && isFolder) this.#fresh.add(path);
    return stat;
  }

  /** Where a folder's path leads, symlinks of the base and of the plan followed. Throws PATH_LOOP. */
  resolve(path: BytePath): BytePath {
    return followLinks(path, (inside) => this.#linkAt(inside as BytePath)) as BytePath;
  }

  owner(uid: number, gid: number): { uid: number; gid: number } {
    return this.#options.owner ?? { uid, gid };
  }

  mode(mode: number, folder: boolean): number {
    return this.#options.mode === undefined ? mode : modeOf(this.#options.mode, mode, folder);
  }

  /** BuildKit gives `--chmod` to the folders that it makes on the way too, where it is a number. */
  #newFolderMode(): number {
    const { mode } = this.#options;
    return mode && 'octal' in mode ? mode.octal & 0o777 : 0o755;
  }

  #linkAt(path: BytePath): string | undefined {
    const planned = this.#entries.get(path);
    if (planned) return planned.type === 'symlink' ? planned.link : undefined;
    if (!this.inBase(path)?.isSymbolicLink()) return undefined;
    return linkInBase(this.#options.rootfs!, path);
  }

  /** A layer is unpacked in its order: a link must come after the name that it links to. */
  #orderHardlinks(): void {
    const groups = Map.groupBy([...this.#entries.ofType('hardlink')], ({ link }) => link as BytePath);
    for (const [first, links] of groups) {
      const file = this.#entries.get(first);
      const least = [first, ...links.map(({ target }) => target)].sort()[0]!;
      if (least === first || file === undefined) continue;
      this.#entries.set({ ...file, target: least });
      const { target: _, file: __, identity: ___, ...rest } = file;
      for (const target of [first, ...links.map((link) => link.target)]) {
        if (target !== least) {
          this.#entries.set({ ...rest, target, type: 'hardlink', size: 0, link: least });
        }
      }
    }
  }
}

/** Where the destination's path leads, symlinks of what is copied into followed. Throws PATH_LOOP. */
export function resolveDestination({ rootfs, above }: LayerPlanOptions, path: BytePath): BytePath {
  return followLinks(path, (inside) => {
    const found = inTables(above, inside as BytePath);
    if (found) return found.link !== undefined && found.type === 'symlink' ? found.link : undefined;
    const stat = rootfs === undefined ? undefined : lstatInBase(rootfs, inside as BytePath);
    return stat?.isSymbolicLink() ? linkInBase(rootfs!, inside as BytePath) : undefined;
  }) as BytePath;
}

function inTables(tables: readonly EntryTable[] = [], path: BytePath): LayerEntry | undefined {
  for (const table of tables) {
    const entry = table.get(path);
    if (entry) return entry;
  }
  return undefined;
}

export function notFolder(path: BytePath): SlipwayError {
  return new SlipwayError('invalid', 'COPY_NOT_A_FOLDER', `/${pathText(path)} exists and is not a folder`);
}

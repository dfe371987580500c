import { lstatSync, mkdirSync, readlinkSync, type Stats } from 'node:fs';
import { tarError } from '../tar/tar-error.ts';
import { type BytePath, fsPath, joinPath, splitPath } from './byte-path.ts';

const MAX_LINKS = 40;
/** Paths that are remembered; looking again costs only time. */
const MAX_KNOWN = 50_000;

/**
 * A folder that is being filled from an untrusted archive. Parents of members are resolved inside it: a symlink on the way is
 * followed as if the folder were `/`, so none leads out. Nobody else may write to the folder meanwhile.
 */
export class ScopedFolder {
  readonly #root: BytePath;
  readonly #onMissing: (path: BytePath, absolute: BytePath) => void;
  /** Paths that are known to be real folders. */
  readonly #folders = new Set<BytePath>();
  readonly #resolved = new Map<BytePath, BytePath>();

  /** `onMissing` is called for each parent that had to be made. */
  constructor(root: BytePath, onMissing: (path: BytePath, absolute: BytePath) => void) {
    this.#root = root;
    this.#onMissing = onMissing;
  }

  absolute(path: BytePath): BytePath {
    return path === '' ? this.#root : `${this.#root}/${path}`;
  }

  /** The real path of a folder, made where it is missing. Throws TAR_NAME when a part of it is not a folder. */
  folder(path: BytePath): BytePath {
    if (path === '') return '';
    const known = this.#resolved.get(path);
    if (known !== undefined) return known;
    const real = this.#walk('', path, 0);
    if (this.#resolved.size >= MAX_KNOWN || this.#folders.size >= MAX_KNOWN) this.forget();
    this.#resolved.set(path, real);
    return real;
  }

  /** Where a member goes: its parent resolved, its own name not followed. */
  place(path: BytePath): BytePath {
    const { folder, base } = splitPath(path);
    return joinPath(this.folder(folder), base);
  }

  /** To be called when a folder or symlink was removed: what is known of paths through it does not hold any more. */
  forget(): void {
    this.#folders.clear();
    this.#resolved.clear();
  }

  #walk(from: BytePath, path: BytePath, hops: number): BytePath {
    let real = from;
    for (const part of path.split('/')) {
      if (part === '' || part === '.') continue;
      real = part === '..' ? splitPath(real).folder : this.#step(real, part, hops);
    }
    return real;
  }

  #step(parent: BytePath, part: BytePath, hops: number): BytePath {
    const path = joinPath(parent, part);
    if (this.#folders.has(path)) return path;
    const absolute = this.absolute(path);
    const found = lstatSync(fsPath(absolute), { throwIfNoEntry: false });
    if (found?.isSymbolicLink()) return this.#follow(parent, absolute, hops);
    if (found === undefined) {
      mkdirSync(fsPath(absolute), 0o755);
      this.#onMissing(path, absolute);
    } else if (!found.isDirectory()) {
      throw tarError('TAR_NAME', 'a part of a name is not a folder', Buffer.from(path, 'latin1'));
    }
    this.#folders.add(path);
    return path;
  }

  #follow(parent: BytePath, absolute: BytePath, hops: number): BytePath {
    if (hops === MAX_LINKS)
      throw tarError('TAR_ESCAPE', 'too many symlinks', Buffer.from(absolute, 'latin1'));
    const target = readlinkSync(fsPath(absolute), 'buffer').toString('latin1');
    return this.#walk(target.startsWith('/') ? '' : parent, target, hops + 1);
  }
}

/** What the lower layers (topmost first) have at a path, symlinks not followed; undefined when it is no folder there. */
export function lowerFolder(lower: readonly BytePath[], path: BytePath): Stats | undefined {
  for (const root of lower) {
    let found: Stats | undefined;
    let absolute = root;
    for (const part of path.split('/')) {
      absolute = `${absolute}/${part}`;
      found = lstatSync(fsPath(absolute), { throwIfNoEntry: false });
      if (!found?.isDirectory()) break;
    }
    if (found?.isDirectory()) return found;
    if (found !== undefined) return undefined;
  }
  return undefined;
}

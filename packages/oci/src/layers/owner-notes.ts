import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { isObject } from '../json-shape.ts';
import type { TarEntry } from '../tar/entry.ts';
import { type BytePath, bytePath, fsPath } from './byte-path.ts';
import { encodeOwner, type FileOwner, OWNER_RECORD, ROOT_OWNER } from './recorded-owner.ts';

/** Only these can have attributes of users (xattr(7)); the owners of the others are in a file. */
const WITH_ATTRIBUTES: readonly TarEntry['type'][] = ['file', 'directory'];
const WITHOUT_ATTRIBUTES: readonly TarEntry['type'][] = ['symlink', 'fifo'];

/** The owners of a layer that is unpacked where there is one id: as attributes, and of what takes none in a file beside the folder. */
export class OwnerNotes {
  readonly #folder: BytePath;
  readonly #others = new Map<BytePath, FileOwner>();

  constructor(folder: BytePath) {
    this.#folder = folder;
  }

  /** Notes the owner of a member at `absolute`, in the attributes that files will get or here; false where it is root's. */
  note(
    { type, uid, gid }: TarEntry,
    absolute: BytePath,
    xattrs: Map<BytePath, Map<string, Buffer>>,
  ): boolean {
    const path = absolute.slice(this.#folder.length + 1);
    if (uid === 0 && gid === 0) {
      this.#others.delete(path);
      xattrs.get(absolute)?.delete(OWNER_RECORD);
      return false;
    }
    if (WITHOUT_ATTRIBUTES.includes(type)) this.#others.set(path, { uid, gid });
    if (WITH_ATTRIBUTES.includes(type)) {
      const attributes = xattrs.get(absolute) ?? new Map<string, Buffer>();
      xattrs.set(absolute, attributes.set(OWNER_RECORD, encodeOwner({ uid, gid })));
    }
    return true;
  }

  /** Writes the file, where anything is to be in it. */
  save(): void {
    const left = [...this.#others].filter(([path]) => isWithoutAttributes(`${this.#folder}/${path}`));
    if (left.length === 0) return;
    const lines = left.map(([path, { uid, gid }]) => [path, uid, gid]);
    writeFileSync(fsPath(`${this.#folder}${SUFFIX}`), JSON.stringify(lines));
  }
}

const SUFFIX = '.owners';

function isWithoutAttributes(path: BytePath): boolean {
  const found = lstatSync(fsPath(path), { throwIfNoEntry: false });
  return found !== undefined && (found.isSymbolicLink() || found.isFIFO());
}

/** Owners of symlinks and pipes of a root filesystem of unpacked layers, topmost first, by path: those that `OwnerNotes` wrote down. */
export function notedOwners(lower: readonly string[]): ReadonlyMap<BytePath, FileOwner> {
  const layers = lower.map((folder) => ({ folder: bytePath(folder), owners: readNotes(bytePath(folder)) }));
  const found = new Map<BytePath, FileOwner>();
  for (const path of new Set(layers.flatMap(({ owners }) => [...owners.keys()]))) {
    const top = layers.find(({ folder }) => decides(`${folder}/${path}`));
    const owner = top?.owners.get(path) ?? ROOT_OWNER;
    if (owner.uid !== 0 || owner.gid !== 0) found.set(path, owner);
  }
  return found;
}

/** Whether a layer says what is at the path: something, or that a part of the path is no folder any more. */
function decides(path: BytePath): boolean {
  try {
    return lstatSync(fsPath(path), { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (isObject(error) && error.code === 'ENOTDIR') return true;
    throw error;
  }
}

function readNotes(folder: BytePath): Map<BytePath, FileOwner> {
  const owners = new Map<BytePath, FileOwner>();
  for (const line of readLines(fsPath(`${folder}${SUFFIX}`))) {
    if (!Array.isArray(line)) continue;
    const [path, uid, gid] = line as unknown[];
    if (typeof path === 'string' && typeof uid === 'number' && typeof gid === 'number')
      owners.set(path, { uid, gid });
  }
  return owners;
}

function readLines(file: string | Buffer): readonly unknown[] {
  try {
    const lines: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(lines) ? lines : [];
  } catch (error) {
    // Most layers have none; one that a crash of the machine damaged is not trusted as a whole.
    if (error instanceof SyntaxError || (isObject(error) && error.code === 'ENOENT')) return [];
    throw error;
  }
}

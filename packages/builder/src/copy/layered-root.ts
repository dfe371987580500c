import { spawnSync } from 'node:child_process';
import type { BigIntStats } from 'node:fs';
import { isWhiteout, OVERLAY_OPAQUE } from '@slipway/oci';
import { type BytePath, hostPath, parentPath } from './byte-path.ts';
import { linkInRoot, lstatInRoot } from './resolve-in-root.ts';

/** Ids beyond those of 16 bits are not mapped into the worker's user namespace. */
const MOST_ID = 65_535n;

/** A root filesystem that is looked at: a folder, or unpacked layers that nothing has merged. */
export type BaseRoot = string | LayeredRoot;

/** What stands at a path of the merged layers. */
interface Found {
  readonly stat: BigIntStats;
  /** The layers that have it, topmost first: several only of a folder. */
  readonly layers: readonly string[];
}

interface LayeredRootOptions {
  /** Whose files are told apart: those of all, or of us only, who stand for root inside. */
  readonly owners: 'all' | 'root';
  /** Makes the error that is thrown where only the kernel, or the worker, can tell what is there. */
  readonly unclear: () => Error;
}

/**
 * Unpacked layers, read as overlayfs mounted with `userxattr` merges them, without a mount: a whiteout hides what is below, an
 * opaque folder what the one below contains, and of a folder in several layers the topmost has the attributes. A layer is entered
 * only through what is a folder in it, so that its symlinks lead nowhere else.
 */
export class LayeredRoot {
  readonly #layers: readonly string[];
  readonly #options: LayeredRootOptions;
  readonly #known = new Map<BytePath, Found | undefined>();

  /** `layers`: topmost first. */
  constructor(layers: readonly string[], options: LayeredRootOptions) {
    this.#layers = layers;
    this.#options = options;
  }

  /** Undefined where nothing is. */
  lstat(path: BytePath): BigIntStats | undefined {
    return this.#find(path)?.stat;
  }

  /** A symlink's target; undefined for all else. */
  link(path: BytePath): string | undefined {
    const found = this.#find(path);
    return found?.stat.isSymbolicLink() ? linkInRoot(found.layers[0]!, path) : undefined;
  }

  /** The folder of the layer that has what stands there. */
  folder(path: BytePath): string {
    return this.#find(path)!.layers[0]!;
  }

  #find(path: BytePath): Found | undefined {
    if (path === '') return { stat: lstatInRoot(this.#layers[0]!, path)!, layers: this.#layers };
    if (!this.#known.has(path)) this.#known.set(path, this.#lookUp(path));
    return this.#known.get(path);
  }

  #lookUp(path: BytePath): Found | undefined {
    const folder = parentPath(path);
    const parent = this.#find(folder);
    if (!parent?.stat.isDirectory()) return undefined;
    let stat: BigIntStats | undefined;
    const layers: string[] = [];
    for (const [index, layer] of parent.layers.entries()) {
      const here = this.#lstat(layer, path);
      if (here === undefined) continue;
      if (index > 0 && layers.length === 0 && this.#isHidden(layer, folder)) return undefined;
      if (this.#isWhiteout(here) || (stat !== undefined && !here.isDirectory())) break;
      stat ??= here;
      layers.push(layer);
      if (!here.isDirectory()) break;
    }
    return stat && { stat, layers };
  }

  #lstat(layer: string, path: BytePath): BigIntStats | undefined {
    try {
      const stat = lstatInRoot(layer, path);
      return stat && this.#ownedAsInside(stat);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EACCES') throw this.#unclear();
      throw error;
    }
  }

  #ownedAsInside(stat: BigIntStats): BigIntStats {
    if (this.#options.owners === 'all') {
      if (stat.uid > MOST_ID || stat.gid > MOST_ID) throw this.#unclear();
      return stat;
    }
    const isOurs = stat.uid === BigInt(process.geteuid!()) && stat.gid === BigInt(process.getegid!());
    if (!isOurs) throw this.#unclear();
    return Object.assign(stat, { uid: 0n, gid: 0n });
  }

  #unclear(): Error {
    return this.#options.unclear();
  }

  #isWhiteout(stat: BigIntStats): boolean {
    // An empty file may be one, too: its attributes would tell.
    if (stat.isFile() && stat.size === 0n) throw this.#unclear();
    return isWhiteout(stat);
  }

  /** Whether what the folder has in the layer is hidden by an opaque folder of one above; the root of a layer hides nothing. */
  #isHidden(layer: string, folder: BytePath): boolean {
    const above: Buffer[] = [];
    for (let at = folder; at !== ''; at = parentPath(at)) {
      const { layers } = this.#find(at)!;
      above.push(...layers.slice(0, layers.indexOf(layer)).map((upper) => hostPath(upper, at)));
    }
    if (above.length === 0) return false;
    const paths = above.map((path) => path.toString());
    // A name that is not UTF-8 is no argument of a program.
    if (!above.every((path, index) => path.equals(Buffer.from(paths[index]!)))) throw this.#unclear();
    return this.#isAnyOpaque(paths);
  }

  /** Node reads no extended attributes. */
  #isAnyOpaque(folders: readonly string[]): boolean {
    const args = ['--absolute-names', '-n', OVERLAY_OPAQUE.name, '--', ...folders];
    const env = { ...process.env, LC_ALL: 'C' };
    const { status, stdout, stderr } = spawnSync('getfattr', args, { encoding: 'utf8', env });
    const problems = stderr
      ?.split('\n')
      .filter((line) => line !== '' && !line.endsWith(': No such attribute'));
    if (status === null || problems.length > 0) throw this.#unclear();
    return stdout.includes(`${OVERLAY_OPAQUE.name}="${OVERLAY_OPAQUE.value}"\n`);
  }
}

/** lstat inside a root; undefined where nothing is there. */
export function lstatInBase(base: BaseRoot, path: BytePath): BigIntStats | undefined {
  return typeof base === 'string' ? lstatInRoot(base, path) : base.lstat(path);
}

/** The target of a symlink that is there. */
export function linkInBase(base: BaseRoot, path: BytePath): string {
  return typeof base === 'string' ? linkInRoot(base, path) : base.link(path)!;
}

/** The place on this machine of what stands there, as a string of bytes. */
export function fileInBase(base: BaseRoot, path: BytePath): string {
  return hostPath(typeof base === 'string' ? base : base.folder(path), path).toString('latin1');
}

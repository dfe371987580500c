import { execFile } from 'node:child_process';
import {
  type BigIntStats,
  chmodSync,
  copyFileSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { type BytePath, hostPath, joinPath, ROOT_PATH } from '../../copy/byte-path.ts';
import { lstatInRoot } from '../../copy/resolve-in-root.ts';

const execute = promisify(execFile);

/** Copies an unpacked layer over a root filesystem, which it deletes from and replaces in as an overlay would show it. */
export async function mergeLayer(layer: string, root: string): Promise<void> {
  if (readdirSync(root).length === 0) {
    // The lowest layer has most of the files, and nothing to delete: cp keeps all there is to keep.
    await execute('cp', ['-a', '--reflink=auto', `${layer}/.`, root]);
    return;
  }
  new LayerMerge(layer, root, await marksOf(layer)).folder(ROOT_PATH);
}

/** What overlayfs' marks say of a layer. */
interface Marks {
  /** The folders that hide what is below them. */
  readonly opaque: ReadonlySet<string>;
  /** The empty files that stand for whiteouts. */
  readonly whiteouts: ReadonlySet<string>;
}

async function marksOf(layer: string): Promise<Marks> {
  const names = '^user\\.overlay\\.(opaque|whiteout)$';
  const args = ['-R', '-P', '-h', '-d', '--absolute-names', '-m', names, '--', layer];
  const { stdout } = await execute('getfattr', args, { encoding: 'latin1', maxBuffer: 1 << 28 });
  const root = Buffer.from(`${layer}/`).toString('latin1').length;
  const marked = (attribute: RegExp): Set<string> => {
    const files = stdout.split('\n\n').filter((file) => attribute.test(file));
    return new Set(files.map((file) => decodeOctal(/^# file: (.*)$/m.exec(file)![1]!).slice(root)));
  };
  return { opaque: marked(/\.opaque="y"$/m), whiteouts: marked(/\.whiteout=/m) };
}

function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}

class LayerMerge {
  readonly #layer: string;
  readonly #root: string;
  readonly #marks: Marks;
  readonly #names = new Map<bigint, BytePath>();

  constructor(layer: string, root: string, marks: Marks) {
    this.#layer = layer;
    this.#root = root;
    this.#marks = marks;
  }

  folder(folder: BytePath): void {
    for (const name of readdirSync(hostPath(this.#layer, folder), { encoding: 'buffer' })) {
      const path = joinPath(folder, name.toString('latin1'));
      const stat = lstatInRoot(this.#layer, path);
      if (stat) this.#entry(path, stat);
    }
  }

  #entry(path: BytePath, stat: BigIntStats): void {
    const target = hostPath(this.#root, path);
    const existing = lstatInRoot(this.#root, path);
    const keep = stat.isDirectory() && existing?.isDirectory() && !this.#marks.opaque.has(path);
    if (existing && !keep) rmSync(target, { recursive: true, force: true });
    if (isWhiteout(stat) || this.#marks.whiteouts.has(path)) return;
    const first = stat.nlink > 1n && !stat.isDirectory() ? this.#names.get(stat.ino) : undefined;
    if (first !== undefined) {
      linkSync(hostPath(this.#root, first), target);
      return;
    }
    this.#names.set(stat.ino, path);
    this.#make(path, stat, target, keep ?? false);
  }

  #make(path: BytePath, stat: BigIntStats, target: Buffer, exists: boolean): void {
    const source = hostPath(this.#layer, path);
    if (stat.isDirectory() && !exists) mkdirSync(target);
    else if (stat.isFile()) copyFileSync(source, target);
    else if (stat.isSymbolicLink()) symlinkSync(readlinkSync(source, { encoding: 'buffer' }), target);
    else if (!stat.isDirectory()) return; // Devices and sockets mean nothing in a chroot.
    if (stat.isDirectory()) this.folder(path);
    lchownSync(target, Number(stat.uid), Number(stat.gid));
    if (!stat.isSymbolicLink()) chmodSync(target, Number(stat.mode) & 0o7777);
    lutimesSync(target, Number(stat.atimeNs) / 1e9, Number(stat.mtimeNs) / 1e9);
  }
}

function isWhiteout(stat: BigIntStats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0n;
}

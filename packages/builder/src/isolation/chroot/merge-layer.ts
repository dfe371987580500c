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
  new LayerMerge(layer, root, await opaqueFolders(layer)).folder(ROOT_PATH);
}

/** The folders of the layer that hide what is below them. */
async function opaqueFolders(layer: string): Promise<ReadonlySet<string>> {
  const args = ['-R', '-P', '-h', '--absolute-names', '-n', 'user.overlay.opaque', '--', layer];
  // It complains about every file without the attribute, and then exits with 1.
  const failed = (error: { stdout?: string }): { stdout: string } => ({ stdout: error.stdout ?? '' });
  const { stdout } = await execute('getfattr', args, { encoding: 'latin1', maxBuffer: 1 << 28 }).catch(
    failed,
  );
  const names = [...stdout.matchAll(/^# file: (.*)$/gm)].map(([, name]) => decodeOctal(name!));
  return new Set(names.map((name) => name.slice(Buffer.from(`${layer}/`).toString('latin1').length)));
}

function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}

class LayerMerge {
  readonly #layer: string;
  readonly #root: string;
  readonly #opaque: ReadonlySet<string>;
  readonly #names = new Map<bigint, BytePath>();

  constructor(layer: string, root: string, opaque: ReadonlySet<string>) {
    this.#layer = layer;
    this.#root = root;
    this.#opaque = opaque;
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
    const keep = stat.isDirectory() && existing?.isDirectory() && !this.#opaque.has(path);
    if (existing && !keep) rmSync(target, { recursive: true, force: true });
    if (isWhiteout(stat)) return;
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

import { execFile } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { isWhiteout } from '@slipway/oci';
import { type BytePath, hostPath, joinPath, ROOT_PATH } from '../../copy/byte-path.ts';
import { lstatInRoot } from '../../copy/resolve-in-root.ts';

const execute = promisify(execFile);

/** Copies an unpacked layer over a root filesystem, which it deletes from and replaces in as an overlay would show it. */
export async function mergeLayer(layer: string, root: string): Promise<void> {
  const isLowest = readdirSync(root).length === 0;
  const whiteouts = isLowest ? [] : makeRoom(layer, root, await marksOf(layer));
  // It keeps all there is to keep: attributes, hard links, devices, pipes, holes.
  await execute('cp', ['-a', '--reflink=auto', `${layer}/.`, root]);
  for (const path of whiteouts) rmSync(hostPath(root, path), { force: true });
}

/** What overlayfs' marks say of a layer. */
export interface Marks {
  /** The folders that hide what is below them. */
  readonly opaque: ReadonlySet<string>;
  /** The empty files that stand for whiteouts. */
  readonly whiteouts: ReadonlySet<string>;
}

/** Reads the marks of an unpacked layer. */
export async function marksOf(layer: string): Promise<Marks> {
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

/** Removes from the root what the layer hides or replaces, so that it can be copied there; returns its whiteouts, which then are to go. */
function makeRoom(layer: string, root: string, marks: Marks): BytePath[] {
  const whiteouts: BytePath[] = [];
  const walk = (folder: BytePath): void => {
    for (const name of readdirSync(hostPath(layer, folder), { encoding: 'buffer' })) {
      const path = joinPath(folder, name.toString('latin1'));
      const stat = lstatInRoot(layer, path);
      if (!stat) continue;
      const hidden = isWhiteout(stat) || marks.whiteouts.has(path);
      const existing = lstatInRoot(root, path);
      const stays = stat.isDirectory() && existing?.isDirectory() && !marks.opaque.has(path);
      if (existing && !stays) rmSync(hostPath(root, path), { recursive: true, force: true });
      if (hidden) whiteouts.push(path);
      else if (stat.isDirectory()) walk(path);
    }
  };
  walk(ROOT_PATH);
  return whiteouts;
}

import { type BigIntStats, readdirSync, readlinkSync } from 'node:fs';
import { type BytePath, hostPath, joinPath, parentPath, ROOT_PATH } from '../../copy/byte-path.ts';
import { deviceNumbers, entryType, type LayerEntry } from '../../copy/layer-entry.ts';
import { lstatInRoot } from '../../copy/resolve-in-root.ts';

/** What every path of a root filesystem looked like: enough to see a change without reading a file. */
export type StatSnapshot = ReadonlyMap<BytePath, BigIntStats>;

/** Walks the root filesystem; `skip` names folders whose content is not the image's. */
export function takeSnapshot(root: string, skip: ReadonlySet<string>): StatSnapshot {
  const found = new Map<BytePath, BigIntStats>();
  const walk = (folder: BytePath): void => {
    for (const name of readdirSync(hostPath(root, folder), { encoding: 'buffer' })) {
      const path = joinPath(folder, name.toString('latin1'));
      const stat = lstatInRoot(root, path);
      if (!stat) continue;
      found.set(path, stat);
      if (stat.isDirectory() && !skip.has(path)) walk(path);
    }
  };
  walk(ROOT_PATH);
  return found;
}

/**
 * The layer that leads from one snapshot to a later one: new and changed paths with their parents, and whiteouts. A
 * file counts as changed when its inode, size, mode, owner or change time is another.
 */
export function snapshotChanges(root: string, before: StatSnapshot, after: StatSnapshot): LayerEntry[] {
  const entries = new Map<BytePath, LayerEntry>();
  const names = new Map<bigint, BytePath>();
  const add = (path: BytePath, stat: BigIntStats): void => {
    if (entries.has(path)) return;
    const parent = parentPath(path);
    if (parent !== '') add(parent, after.get(parent)!);
    const entry = layerEntry(root, path, stat, names);
    if (entry) entries.set(path, entry);
  };
  for (const path of [...after.keys()].sort()) {
    const stat = after.get(path)!;
    if (!sameStat(before.get(path), stat)) add(path, stat);
  }
  for (const path of before.keys()) {
    const parent = parentPath(path);
    if (after.has(path) || (parent !== '' && !after.get(parent)?.isDirectory())) continue;
    const parentStat = after.get(parent);
    if (parentStat) add(parent, parentStat);
    const target = joinPath(parent, `.wh.${path.slice(parent === '' ? 0 : parent.length + 1)}`);
    entries.set(target, whiteout(target));
  }
  return [...entries.values()].sort((a, b) => (a.target < b.target ? -1 : 1));
}

function sameStat(a: BigIntStats | undefined, b: BigIntStats): boolean {
  if (a === undefined || a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid) return false;
  // A folder's times change with what is in it, and are no change of the folder itself.
  if (b.isDirectory()) return true;
  return a.ino === b.ino && a.size === b.size && a.ctimeNs === b.ctimeNs && a.mtimeNs === b.mtimeNs;
}

function layerEntry(
  root: string,
  path: BytePath,
  stat: BigIntStats,
  names: Map<bigint, BytePath>,
): LayerEntry | undefined {
  const type = entryType(stat);
  if (type === undefined) return undefined;
  const mode = Number(stat.mode) & 0o7777;
  const owner = { uid: Number(stat.uid), gid: Number(stat.gid) };
  const entry = { target: path, type, mode, ...owner, mtimeNs: stat.mtimeNs, size: 0 };
  const file = hostPath(root, path);
  if (type === 'symlink') {
    return { ...entry, link: readlinkSync(file, { encoding: 'buffer' }).toString('latin1') };
  }
  if (type === 'char' || type === 'block') return { ...entry, device: deviceNumbers(stat.rdev) };
  if (type !== 'file') return entry;
  const first = stat.nlink > 1n ? names.get(stat.ino) : undefined;
  if (first !== undefined) return { ...entry, type: 'hardlink', link: first };
  names.set(stat.ino, path);
  return { ...entry, size: Number(stat.size), file: file.toString('latin1') };
}

function whiteout(target: BytePath): LayerEntry {
  return { target, type: 'file', mode: 0, uid: 0, gid: 0, mtimeNs: 0n, size: 0, content: Buffer.alloc(0) };
}

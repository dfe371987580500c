import { type BigIntStats, readdirSync, readlinkSync } from 'node:fs';
import { readXattrs } from '@slipway/oci';
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
 * file counts as changed when its inode, size, mode, owner or change time is another. `restored`: what was out of sight and
 * is back, which changes the change time and nothing else.
 */
export async function snapshotChanges(
  root: string,
  before: StatSnapshot,
  after: StatSnapshot,
  restored: ReadonlySet<string> = new Set(),
): Promise<LayerEntry[]> {
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
    if (!sameStat(before.get(path), stat, restored.has(path))) add(path, stat);
  }
  for (const path of before.keys()) {
    const parent = parentPath(path);
    if (after.has(path) || (parent !== '' && !after.get(parent)?.isDirectory())) continue;
    const parentStat = after.get(parent);
    if (parentStat) add(parent, parentStat);
    const target = joinPath(parent, `.wh.${path.slice(parent === '' ? 0 : parent.length + 1)}`);
    entries.set(target, whiteout(target));
  }
  const sorted = [...entries.values()].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  return await withAttributes(root, sorted);
}

/** The entries with the attributes that a layer carries. */
async function withAttributes(root: string, entries: readonly LayerEntry[]): Promise<LayerEntry[]> {
  const own = entries.filter(({ type, content }) => ATTRIBUTED.has(type) && content === undefined);
  const paths = own.map(({ target }) => target);
  const attributes = await readXattrs(root, paths, undefined, { only: true });
  return entries.map((entry) => {
    const xattrs = ATTRIBUTED.has(entry.type) ? attributes.get(entry.target) : undefined;
    return xattrs === undefined ? entry : { ...entry, xattrs };
  });
}

/** The kernel lets nothing else have attributes of users; a further name of a file has the first one's. */
const ATTRIBUTED: ReadonlySet<string> = new Set(['file', 'directory']);

function sameStat(a: BigIntStats | undefined, b: BigIntStats, restored: boolean): boolean {
  if (a === undefined || a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid) return false;
  // A folder's times change with what is in it, and are no change of the folder itself.
  if (b.isDirectory()) return true;
  if (a.ino !== b.ino || a.size !== b.size || a.mtimeNs !== b.mtimeNs) return false;
  return restored || a.ctimeNs === b.ctimeNs;
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

/** As the layers of an overlay have it: a folder's content right behind it, a whiteout in the place of what it hides. */
function orderOf({ target }: LayerEntry): string {
  return target.replace(/(^|\/)\.wh\.([^/]*)$/, '$1$2').replaceAll('/', '\0');
}

function whiteout(target: BytePath): LayerEntry {
  const mtimeNs = BigInt(Date.now()) * 1_000_000n;
  return { target, type: 'file', mode: 0, uid: 0, gid: 0, mtimeNs, size: 0, content: Buffer.alloc(0) };
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ContentStore, type Digest, digestHex, LayerStore } from '@slipway/oci';
import type { StorePaths } from '../../build-options.ts';
import { parseResult } from '../instruction-cache.ts';
import { cacheMountUse, type MountUse, mountsFolder } from '../mount-folders.ts';
import type { CacheItem } from './cache-item.ts';
import { folderSize } from './folder-size.ts';
import { LayerSizes } from './layer-sizes.ts';
import { layersInUse } from './layers-in-use.ts';

export interface InventoryOptions {
  readonly store: StorePaths;
  /** Which of the blobs the registry or a pod needs. Default: none. */
  readonly needed?: NeededBlobs | undefined;
  /** What was used since then is in use: the start of the oldest running build. */
  readonly inUseSince?: Date | undefined;
}

/** Those of the blobs of a shared store that others need. */
export type NeededBlobs = (digests: readonly Digest[]) => Promise<readonly Digest[]>;

/** An item with what is on the disk for it. */
export interface StoredItem extends CacheItem {
  readonly records: readonly string[];
  readonly blob?: Digest;
  readonly chain?: Digest;
  readonly folder?: string;
}

interface RecordGroup {
  readonly files: string[];
  readonly blob: Digest | undefined;
  used: Date;
  size: number;
}

/** All that the cache of these folders holds. */
export async function cacheInventory(options: InventoryOptions): Promise<StoredItem[]> {
  const store = await ContentStore.open(options.store.contentDir);
  const { inUseSince, needed = async () => [] } = options;
  const isRecent = (used: Date): boolean => inUseSince !== undefined && used >= inUseSince;
  const blobs = new Map<Digest, StoredBlob>();
  for await (const { digest, size, modified } of store.list()) blobs.set(digest, { size, used: modified });
  const shared = new Set(await needed([...blobs.keys()]));
  return [
    ...(await resultsAndBlobs(options.store.cacheDir, blobs, shared, isRecent)),
    ...(await unpackedLayers(options, store, isRecent)),
    ...(await mounts(options, isRecent)),
  ];
}

interface StoredBlob {
  readonly size: number;
  readonly used: Date;
}

async function resultsAndBlobs(
  cacheDir: string,
  blobs: ReadonlyMap<Digest, StoredBlob>,
  needed: ReadonlySet<Digest>,
  isRecent: (used: Date) => boolean,
): Promise<StoredItem[]> {
  const items: StoredItem[] = [];
  const inRecords = new Set<Digest>();
  for (const { blob, files, ...group } of await recordGroups(join(cacheDir, 'instructions'))) {
    if (blob !== undefined) inRecords.add(blob);
    const found = blob === undefined ? undefined : blobs.get(blob);
    const used = found !== undefined && found.used > group.used ? found.used : group.used;
    const shared = blob !== undefined && needed.has(blob);
    const size = shared ? 0 : (found?.size ?? 0) + group.size;
    const id = blob === undefined ? basename(files[0]!, '.json') : digestHex(blob);
    const description = await firstText(cacheDir, files);
    const base = { kind: 'result', size, used, inUse: isRecent(used), shared, description } as const;
    items.push({ ...base, id: id.slice(0, 12), records: files, ...(blob && { blob }) });
  }
  for (const [digest, { size, used }] of blobs) {
    if (inRecords.has(digest) || needed.has(digest)) continue;
    const description = 'blob of a base image or of an image that was built';
    const base = { kind: 'blob', size, used, inUse: isRecent(used), shared: false, description } as const;
    items.push({ ...base, id: digestHex(digest).slice(0, 12), blob: digest, records: [] });
  }
  return items;
}

/** Records by the blob that they name; one without a layer is alone. */
async function recordGroups(folder: string): Promise<RecordGroup[]> {
  const groups = new Map<string, RecordGroup>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile() || !entry.name.endsWith('.json')) continue;
    const file = join(entry.parentPath, entry.name);
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) continue;
    const blob = parseResult(await readFile(file, 'utf8').catch(() => ''))?.layer?.descriptor.digest;
    const group = groups.get(blob ?? file) ?? { files: [], blob, used: found.mtime, size: 0 };
    group.files.push(file);
    group.size += found.size;
    if (found.mtime > group.used) group.used = found.mtime;
    groups.set(blob ?? file, group);
  }
  return [...groups.values()];
}

/** The instruction as it was written, where one of the records knows it. */
async function firstText(cacheDir: string, records: readonly string[]): Promise<string> {
  for (const record of records) {
    const key = basename(record, '.json');
    const file = join(cacheDir, 'explain', 'steps', key.slice(0, 2), key);
    const text = await readFile(file, 'utf8').catch(() => '');
    const found = /^\{"text":("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
    if (found !== undefined) return JSON.parse(found) as string;
  }
  return '';
}

async function unpackedLayers(
  { store: paths }: InventoryOptions,
  store: ContentStore,
  isRecent: (used: Date) => boolean,
): Promise<StoredItem[]> {
  const sizes = await LayerSizes.open(join(paths.cacheDir, 'layer-sizes'));
  const mounted = await layersInUse();
  const items: StoredItem[] = [];
  for await (const { chainId, folder, used } of new LayerStore(paths.layersDir, store).list()) {
    const name = basename(dirname(folder));
    const size = await sizes.of(name, folder);
    const inUse = mounted.has(name) || isRecent(used);
    const base = { kind: 'layer', size, used, inUse, shared: false, description: 'unpacked layer' } as const;
    items.push({ ...base, id: name.slice(0, 12), chain: chainId, records: [] });
  }
  await sizes.save();
  return items;
}

async function mounts(
  { store: { cacheDir } }: InventoryOptions,
  isRecent: (used: Date) => boolean,
): Promise<StoredItem[]> {
  const items: StoredItem[] = [];
  for (const entry of await readdir(mountsFolder(cacheDir), { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const folder = join(entry.parentPath, entry.name);
    const { used, id }: MountUse = await cacheMountUse(folder);
    const description = `--mount=type=cache${id === undefined ? '' : `,id=${id}`}`;
    const base = { kind: 'mount', size: await folderSize(folder), used, inUse: isRecent(used) } as const;
    items.push({ ...base, id: entry.name.slice(0, 12), shared: false, description, folder, records: [] });
  }
  return items;
}

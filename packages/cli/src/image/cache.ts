import { resolve } from 'node:path';
import { type CacheItem, type CacheOptions, listCache, pruneCache, storePaths } from '@slipway/builder';
import { formatBytes } from '@slipway/core';
import { defaultStateDir, neededBlobs, stateFolder } from '@slipway/daemon';
import type { ImageCacheOptions, ImageCachePruneOptions } from '../commands/image/cache.ts';
import { printResult, table } from '../registry/print.ts';

/** `slipway image cache ls`. */
export async function printCache(options: ImageCacheOptions): Promise<void> {
  const items = await listCache(cacheOptions(options));
  printResult(options.output, items.map(itemJson), () => {
    const total = sum(items);
    const free = sum(items.filter(({ inUse }) => !inUse));
    return `${items.length === 0 ? '' : itemTable(items)}Reclaimable: ${formatBytes(free)}\nTotal:       ${formatBytes(total)}\n`;
  });
}

/** `slipway image cache prune`. */
export async function pruneAndPrint(options: ImageCachePruneOptions): Promise<void> {
  const { olderThan: olderThanMs, keepStorage: keepBytes, all, dryRun = false } = options;
  const report = await pruneCache({
    ...cacheOptions(options),
    policy: { olderThanMs, keepBytes, all },
    dryRun,
  });
  const { removed, freedBytes, keptBytes } = report;
  const json = { removed: removed.map(itemJson), freedBytes, keptBytes, dryRun };
  printResult(options.output, json, () => {
    const verb = dryRun ? 'Would free:' : 'Freed:     ';
    return `${removed.length === 0 ? '' : itemTable(removed)}${verb} ${formatBytes(freedBytes)}\nLeft:       ${formatBytes(keptBytes)}\n`;
  });
}

/** A cache in a folder of its own is nobody else's; that of the state folder shares its blobs with registry and pods. */
export function cacheOptions({ stateDir, store }: { stateDir?: string; store?: string }): CacheOptions {
  if (store !== undefined) return { store: storePaths(resolve(store)) };
  const folder = stateFolder(stateDir ?? defaultStateDir());
  return { store: storePaths(folder.root), needed: (digests) => neededBlobs(folder, digests) };
}

function sum(items: readonly CacheItem[]): number {
  return items.reduce((total, { size }) => total + size, 0);
}

function itemTable(items: readonly CacheItem[]): string {
  const rows = items.map((item) => [
    item.id,
    item.kind,
    item.inUse ? 'false' : 'true',
    item.shared ? 'shared' : formatBytes(item.size),
    ago(item.used),
    shown(item.description),
  ]);
  return table(['ID', 'TYPE', 'RECLAIMABLE', 'SIZE', 'LAST USED', 'DESCRIPTION'], rows);
}

function itemJson({ used, ...item }: CacheItem): object {
  return { ...item, used: used.toISOString() };
}

const STEPS: readonly (readonly [unit: string, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

function ago(time: Date): string {
  const seconds = Math.max(0, (Date.now() - time.getTime()) / 1000);
  for (const [unit, length] of STEPS) {
    const count = Math.floor(seconds / length);
    if (count > 0) return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}

function shown(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}

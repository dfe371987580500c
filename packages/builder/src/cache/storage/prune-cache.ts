import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ContentStore, LayerStore } from '@slipway/oci';
import { cacheMountUse, useFile } from '../mount-folders.ts';
import type { CacheItem, PruneReport } from './cache-item.ts';
import { chooseItems, type PrunePolicy } from './choose-items.ts';
import { cacheInventory, type InventoryOptions, type StoredItem } from './inventory.ts';
import { oldestRunningBuild } from './running-builds.ts';

export interface CacheOptions extends Omit<InventoryOptions, 'inUseSince'> {
  /** Scratch folders of builds that are known to be over. */
  readonly deadBuilds?: readonly string[] | undefined;
}

export interface PruneOptions extends CacheOptions {
  readonly policy: PrunePolicy;
  readonly dryRun?: boolean | undefined;
}

/** What the cache holds, most recently used first. */
export async function listCache(options: CacheOptions): Promise<CacheItem[]> {
  const items = await inventory(options);
  return items.sort((a, b) => b.used.getTime() - a.used.getTime()).map(publicItem);
}

/**
 * Removes what the policy says, while builds run: nothing that a running build used, nothing that a container stands on, no
 * blob that others need. A build that begins meanwhile either finds a thing and renews it, then it stays, or does not find it.
 */
export async function pruneCache(options: PruneOptions): Promise<PruneReport> {
  const started = new Date();
  const items = await inventory(options);
  const chosen = chooseItems(items, options.policy, started);
  const removed = options.dryRun ? chosen : await removeItems(options, chosen, started);
  const freedBytes = removed.reduce((sum, { size }) => sum + size, 0);
  const heldBytes = items.reduce((sum, { size }) => sum + size, 0);
  return { removed: removed.map(publicItem), freedBytes, keptBytes: heldBytes - freedBytes };
}

async function inventory(options: CacheOptions): Promise<StoredItem[]> {
  const inUseSince = await oldestRunningBuild(options.store.scratchDir, options.deadBuilds);
  return await cacheInventory({ ...options, inUseSince });
}

async function removeItems(
  options: PruneOptions,
  chosen: readonly StoredItem[],
  unusedSince: Date,
): Promise<StoredItem[]> {
  // Records first: who cannot find a result does not ask for what belongs to it.
  for (const { records } of chosen) {
    for (const record of records) {
      await rm(record, { force: true });
      await rm(factsOf(options.store.cacheDir, record), { force: true });
    }
  }
  const store = await ContentStore.open(options.store.contentDir);
  const layers = new LayerStore(options.store.layersDir, store);
  const removed: StoredItem[] = [];
  for (const item of chosen) {
    const { blob, chain, folder, shared } = item;
    if (blob !== undefined && !shared) await store.delete(blob, { unusedSince });
    const stayed = chain !== undefined && !(await layers.remove(chain, { unusedSince }));
    if (folder !== undefined) await removeMount(folder, unusedSince);
    if (!stayed) removed.push(item);
  }
  return removed;
}

/** What explains a miss of the step. */
function factsOf(cacheDir: string, record: string): string {
  const key = basename(record, '.json');
  return join(cacheDir, 'explain', 'steps', key.slice(0, 2), key);
}

/** A step that asks for the folder notes its use before it looks for it. */
async function removeMount(folder: string, unusedSince: Date): Promise<void> {
  const doomed = join(dirname(folder), `.${basename(folder)}.${process.pid}.gone`);
  const moved = await rename(folder, doomed).then(
    () => true,
    () => false, // Another prune was faster.
  );
  if (!moved) return;
  if ((await cacheMountUse(folder)).used >= unusedSince) {
    const restored = await rename(doomed, folder).then(
      () => true,
      () => false, // The step has made a new one.
    );
    if (restored) return;
  } else {
    await rm(useFile(folder), { force: true });
  }
  await rm(doomed, { recursive: true, force: true, maxRetries: 3 });
}

function publicItem({ id, kind, size, used, inUse, shared, description }: StoredItem): CacheItem {
  return { id, kind, size, used, inUse, shared, description };
}

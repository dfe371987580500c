import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PruneReport } from './cache-item.ts';
import { defaultCacheLimit } from './default-limit.ts';
import { type CacheOptions, pruneCache } from './prune-cache.ts';

/** Looking at the whole cache costs some tenths of a second: not after every build. */
const INTERVAL_MS = 10 * 60 * 1000;

export interface LimitOptions extends CacheOptions {
  /** Default: see `defaultCacheLimit`. */
  readonly maxBytes?: number | undefined;
}

/**
 * Brings the cache under its limit, unless that was looked at within ten minutes or the cache is new; undefined where nothing
 * was done.
 */
export async function keepCacheLimit(options: LimitOptions): Promise<PruneReport | undefined> {
  const { cacheDir } = options.store;
  const marker = join(cacheDir, 'limit-checked');
  const last = (await stat(marker).catch(() => undefined))?.mtimeMs;
  const isTime = last !== undefined && Date.now() - last >= INTERVAL_MS;
  // A first build fills the cache: the interval begins with it.
  if (isTime || last === undefined || options.maxBytes !== undefined) await writeFile(marker, '');
  // A limit that somebody gave is kept at once.
  if (options.maxBytes === undefined && !isTime) return undefined;
  const keepBytes = options.maxBytes ?? (await defaultCacheLimit(cacheDir));
  const report = await pruneCache({ ...options, policy: { keepBytes } });
  return report.removed.length === 0 ? undefined : report;
}

import type { CacheItem } from './cache-item.ts';

/** What goes when nothing else is said: what no build asked for within a week. */
const DEFAULT_AGE_MS = 7 * 24 * 3600 * 1000;

export interface PrunePolicy {
  /** Only what was not used for so long, in milliseconds. */
  readonly olderThanMs?: number | undefined;
  /** Stop when the cache holds no more than these bytes. */
  readonly keepBytes?: number | undefined;
  /** Everything that is not in use. */
  readonly all?: boolean | undefined;
}

/** The items that the policy removes, least recently used first. Without any wish: what was not used for a week. */
export function chooseItems<T extends CacheItem>(items: readonly T[], policy: PrunePolicy, now: Date): T[] {
  const { keepBytes, all = false } = policy;
  const age = policy.olderThanMs ?? (all || keepBytes !== undefined ? 0 : DEFAULT_AGE_MS);
  const candidates = items
    .filter(({ inUse, used }) => !inUse && used.getTime() <= now.getTime() - age)
    .sort((a, b) => a.used.getTime() - b.used.getTime());
  if (keepBytes === undefined) return candidates;
  let held = items.reduce((sum, { size }) => sum + size, 0);
  const chosen: T[] = [];
  for (const item of candidates) {
    if (held <= keepBytes) break;
    // What frees nothing stays: it is as good as free.
    if (item.size === 0) continue;
    chosen.push(item);
    held -= item.size;
  }
  return chosen;
}

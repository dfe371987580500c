import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CacheItem } from './cache-item.ts';
import { chooseItems, type PrunePolicy } from './choose-items.ts';

const NOW = new Date('2026-01-30T00:00:00Z');
const DAY = 24 * 3600 * 1000;

function item(id: string, days: number, size: number, more: Partial<CacheItem> = {}): CacheItem {
  const used = new Date(NOW.getTime() - days * DAY);
  return { id, kind: 'layer', size, used, inUse: false, shared: false, description: '', ...more };
}

const ITEMS = [
  item('new', 0, 10),
  item('old', 20, 10),
  item('running', 30, 100, { inUse: true }),
  item('week', 8, 30),
  item('shared', 25, 0, { shared: true }),
];

const cases: [name: string, policy: PrunePolicy, chosen: string[]][] = [
  ['nothing said: a week', {}, ['shared', 'old', 'week']],
  ['older than', { olderThanMs: 10 * DAY }, ['shared', 'old']],
  ['all but what is in use', { all: true }, ['shared', 'old', 'week', 'new']],
  ['under a size, the oldest first', { keepBytes: 140 }, ['old']],
  ['a size that is not reached', { keepBytes: 0 }, ['old', 'week', 'new']],
  ['a size that is kept', { keepBytes: 150 }, []],
  ['both', { keepBytes: 0, olderThanMs: 10 * DAY }, ['old']],
];
for (const [name, policy, chosen] of cases) {
  test(name, () => {
    assert.deepEqual(
      chooseItems(ITEMS, policy, NOW).map(({ id }) => id),
      chosen,
    );
  });
}

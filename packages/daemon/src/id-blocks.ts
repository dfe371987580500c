import { readFile } from 'node:fs/promises';
import type { IdBlocks } from '@slipway/apiserver';

/** OpenShift's ranges begin above a thousand million; this many ids hold them all. */
const ENOUGH = 2_000_000_000;
const FIRST = 10_000;
const SIZE = 1000;

/** The user ids for namespaces where this process does not have OpenShift's; undefined where it has them. */
export async function idBlocks(mapFile = '/proc/self/uid_map'): Promise<IdBlocks | undefined> {
  const lines = (await readFile(mapFile, 'utf8')).trim().split('\n');
  const ends = lines.map((line) => {
    const [inside = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    return inside + count;
  });
  const end = Math.max(...ends);
  return end >= ENOUGH ? undefined : { first: FIRST, last: Math.max(end - 1, FIRST + SIZE), size: SIZE };
}

import { statfs } from 'node:fs/promises';

const LEAST = 10e9;

/**
 * How many bytes the cache in a folder may hold when nobody says: a tenth of the disk, but 10 GB where that is less, and
 * never more than half of the disk.
 */
export async function defaultCacheLimit(folder: string): Promise<number> {
  const { blocks, bsize } = await statfs(folder);
  const disk = blocks * bsize;
  return Math.min(Math.max(disk / 10, LEAST), disk / 2);
}

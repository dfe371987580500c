import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A record of the build cache protects its layer for so long after it was written. */
const PROTECTED_MS = 14 * 24 * 3600 * 1000;

/**
 * Digests of the blobs that young records of the build cache name: a build that is running may have found them there, and
 * push them only later. Older ones cost a build one instruction.
 */
export async function cachedBlobs(folder: string, now: Date = new Date()): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.json')) continue;
    const file = join(entry.parentPath, entry.name);
    try {
      if ((await stat(file)).mtimeMs < now.getTime() - PROTECTED_MS) continue;
      const text = await readFile(file, 'utf8');
      for (const [digest] of text.matchAll(/sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})/g)) digests.add(digest);
    } catch (error) {
      // The builder replaces and removes its records at any time.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return digests;
}

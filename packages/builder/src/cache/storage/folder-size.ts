import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes that the files below take on the disk; a file with several names counts once. */
export async function folderSize(folder: string): Promise<number> {
  const linked = new Set<number>();
  let bytes = 0;
  const pending = [folder];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    // What is removed while it is measured does not count.
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      const child = join(path, entry.name);
      const stat = await lstat(child).catch(() => undefined);
      if (stat === undefined) continue;
      if (stat.nlink > 1 && !stat.isDirectory()) {
        if (linked.has(stat.ino)) continue;
        linked.add(stat.ino);
      }
      bytes += stat.blocks * 512;
      if (entry.isDirectory()) pending.push(child);
    }
  }
  return bytes;
}

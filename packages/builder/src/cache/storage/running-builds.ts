import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findAbandoned } from '../../scratch.ts';

/**
 * When the oldest build that is still running began; undefined where none is. What was used since then may be needed: a build
 * renews whatever it finds. `dead`: folders of builds that are known to be over, where this process cannot see that itself.
 */
export async function oldestRunningBuild(
  scratchDir: string,
  dead: readonly string[] = [],
): Promise<Date | undefined> {
  const over = new Set([...dead, ...(await findAbandoned(scratchDir))]);
  let oldest: Date | undefined;
  for (const name of await readdir(scratchDir).catch(() => [])) {
    const folder = join(scratchDir, name);
    if (over.has(folder)) continue;
    const began = (await stat(join(folder, 'owner.json')).catch(() => undefined))?.mtime;
    if (began !== undefined && (oldest === undefined || began < oldest)) oldest = began;
  }
  return oldest;
}

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from './atomic-file.ts';

/** When a `--mount=type=cache` was last used, and its id. */
export interface MountUse {
  readonly used: Date;
  /** Undefined where that is not known. */
  readonly id?: string;
}

/** Where the folders of `--mount=type=cache` are. */
export function mountsFolder(cacheDir: string): string {
  return join(cacheDir, 'mounts');
}

/** The folder of the cache with this id. */
export function mountFolder(cacheDir: string, id: string): string {
  return join(mountsFolder(cacheDir), createHash('sha256').update(id).digest('hex').slice(0, 32));
}

/** Beside the folder, since a RUN may change the folder itself. */
export function useFile(folder: string): string {
  return `${folder}.use`;
}

/** Notes the use before the folder is looked for, so that a prune leaves it. */
export async function noteUse(folder: string, id: string): Promise<void> {
  await writeFileAtomic(useFile(folder), id, { flush: false });
}

export async function cacheMountUse(folder: string): Promise<MountUse> {
  const id = await readFile(useFile(folder), 'utf8').catch(() => undefined);
  const found = await stat(useFile(folder)).catch(() => undefined);
  const used = found?.mtime ?? (await stat(folder).catch(() => undefined))?.mtime ?? new Date(0);
  return { used, ...(id !== undefined && { id }) };
}

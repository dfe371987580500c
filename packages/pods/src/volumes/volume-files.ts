import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { KeyToPath } from '@slipway/kube';
import { ConfigProblem } from '../container/config-problem.ts';

/** One file of a configMap, secret, downwardAPI or projected volume. */
export interface VolumeFile {
  /** Relative, without `..`. */
  readonly path: string;
  readonly data: Buffer;
  readonly mode: number;
}

const DEFAULT_MODE = 0o644;

/** The files for these keys: each under its name, or those of `items` under their paths. */
export function filesOfKeys(
  data: ReadonlyMap<string, Buffer>,
  options: {
    readonly items?: readonly KeyToPath[] | undefined;
    readonly defaultMode?: number | undefined;
    readonly optional?: boolean | undefined;
    /** As `configmap "x"`, for the message. */
    readonly what: string;
  },
): VolumeFile[] {
  const mode = options.defaultMode ?? DEFAULT_MODE;
  if (!options.items) return [...data].map(([path, value]) => ({ path, data: value, mode }));
  return options.items.flatMap((item) => {
    const value = data.get(item.key);
    if (value !== undefined) return [{ path: safePath(item.path), data: value, mode: item.mode ?? mode }];
    if (options.optional) return [];
    throw new ConfigProblem(`${options.what} references non-existent key: ${item.key} (${keysOf(data)})`);
  });
}

/** `it has: a, b`, for a message about a key that is not there. */
export function keysOf(data: ReadonlyMap<string, unknown> | undefined): string {
  return data === undefined || data.size === 0 ? 'it is empty' : `it has: ${[...data.keys()].join(', ')}`;
}

/** A path that stays inside the volume. */
export function safePath(path: string): string {
  if (path === '' || path.startsWith('/') || path.split('/').includes('..')) {
    throw new ConfigProblem(`"${path}" is not a relative path inside a volume`);
  }
  return path;
}

/**
 * Writes the files of a volume and removes those it had before; each file changes at once, so that a running program
 * reads the old or the new one whole.
 */
export async function writeVolumeFiles(folder: string, files: readonly VolumeFile[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const wanted = new Set(files.map((file) => file.path.split('/')[0]));
  for (const name of await readdir(folder)) {
    if (!wanted.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const file of files) {
    const target = join(folder, file.path);
    const temporary = join(dirname(target), '..new');
    await mkdir(dirname(target), { recursive: true });
    await writeFile(temporary, file.data);
    await chmod(temporary, file.mode);
    await rename(temporary, target);
  }
}

import { type BigIntStats, lstatSync, readlinkSync } from 'node:fs';
import { resolveBytesInRoot } from '@slipway/containers';
import { type BytePath, fsPath, hostPath } from './byte-path.ts';
import { explainGone } from './file-reader.ts';

const LOOK = { bigint: true, throwIfNoEntry: false } as const;

/** lstat inside a root folder; undefined where nothing is there. */
export function lstatInRoot(root: string, path: BytePath): BigIntStats | undefined {
  try {
    return lstatSync(fsPath(root, path), LOOK);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A symlink's target, as bytes. Throws COPY_SOURCE_CHANGED where it is no symlink any more. */
export function linkInRoot(root: string, path: BytePath): string {
  const link = hostPath(root, path);
  try {
    return readlinkSync(link, { encoding: 'buffer' }).toString('latin1');
  } catch (error) {
    throw explainGone(error, link);
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Where a path leads inside a root folder, every symlink followed; it never leaves it. Throws PATH_LOOP. */
export function resolveInRoot(root: string, path: BytePath): BytePath {
  return resolveBytesInRoot(root, path) as BytePath;
}

import { type BigIntStats, lstatSync, readlinkSync } from 'node:fs';
import { SlipwayError } from '@slipway/core';
import {
  type BytePath,
  cleanPath,
  hostPath,
  joinPath,
  parentPath,
  pathText,
  ROOT_PATH,
} from './byte-path.ts';

/** As the kernel's ELOOP limit. */
const MAX_SYMLINKS = 40;

/** lstat inside a root folder; undefined where nothing is there. */
export function lstatInRoot(root: string, path: BytePath): BigIntStats | undefined {
  try {
    return lstatSync(hostPath(root, path), { bigint: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A symlink's target, as bytes. */
export function linkInRoot(root: string, path: BytePath): string {
  return readlinkSync(hostPath(root, path), { encoding: 'buffer' }).toString('latin1');
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * Follows every symlink of `path` as the kernel would with `root` as `/`: absolute links start at the root again and
 * `..` stops there, so the answer never leaves it. Parts that do not exist are kept as they are written.
 * Throws COPY_SYMLINK_LOOP.
 */
export function resolveInRoot(root: string, path: BytePath): BytePath {
  const todo = path.split('/').filter((part) => part !== '');
  let done: BytePath = ROOT_PATH;
  let links = 0;
  while (todo.length > 0) {
    const part = todo.shift()!;
    if (part === '.') continue;
    if (part === '..') {
      done = parentPath(done);
      continue;
    }
    const next = joinPath(done, part);
    if (!lstatInRoot(root, next)?.isSymbolicLink()) {
      done = next;
      continue;
    }
    links += 1;
    if (links > MAX_SYMLINKS) {
      throw new SlipwayError('invalid', 'COPY_SYMLINK_LOOP', `too many symbolic links in /${pathText(path)}`);
    }
    const target = linkInRoot(root, next);
    if (target.startsWith('/')) done = ROOT_PATH;
    todo.unshift(...target.split('/').filter((name) => name !== ''));
  }
  return cleanPath(done);
}

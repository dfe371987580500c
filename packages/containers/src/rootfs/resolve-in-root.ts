import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core';

/** As the kernel: more links than this in one lookup is a loop. */
const MAX_LINKS = 40;

/**
 * Where a path leads when absolute links start at the root again and `..` stops there, so that nothing leaves it. `linkAt`
 * has the target of a symlink, undefined for all else; what does not exist is kept as written. Paths, without a leading
 * slash, and targets may be text or byte strings. Throws PATH_LOOP.
 */
export function followLinks(path: string, linkAt: (path: string) => string | undefined): string {
  const pending = path.split('/').reverse();
  let done: string[] = [];
  let links = 0;
  while (pending.length > 0) {
    const part = pending.pop()!;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      done.pop();
      continue;
    }
    const target = linkAt([...done, part].join('/'));
    if (target === undefined) {
      done.push(part);
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) {
      throw new SlipwayError('invalid', 'PATH_LOOP', `"${path}" leads through too many links in the image`);
    }
    if (target.startsWith('/')) done = [];
    pending.push(...target.split('/').reverse());
  }
  return done.join('/');
}

/**
 * Where a path, as a byte string (latin1) for names that are not UTF-8, leads inside a root filesystem, as a program that
 * has it as its root would find it; relative to the root. Throws PATH_LOOP.
 */
export function resolveBytesInRoot(rootfs: string, path: string): string {
  const root = Buffer.from(`${rootfs}/`);
  return followLinks(path, (inside) => {
    try {
      const link = Buffer.concat([root, Buffer.from(inside, 'latin1')]);
      return readlinkSync(link, { encoding: 'buffer' }).toString('latin1');
    } catch {
      return undefined; // no link, or nothing at all
    }
  });
}

/** The same for text: the absolute path on this machine. Throws PATH_LOOP. */
export async function resolveInRoot(rootfs: string, path: string): Promise<string> {
  const bytes = Buffer.from(path).toString('latin1');
  return join(rootfs, Buffer.from(resolveBytesInRoot(rootfs, bytes), 'latin1').toString());
}

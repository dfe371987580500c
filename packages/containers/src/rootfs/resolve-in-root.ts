import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core';

/** As the kernel: more links than this in one lookup is a loop. */
const MAX_LINKS = 40;

/**
 * Where `path` leads inside a root filesystem, as a program that has it as its root would find it: absolute links start
 * at `rootfs` and `..` never leaves it. What does not exist is kept as written. Throws PATH_LOOP.
 */
export async function resolveInRoot(rootfs: string, path: string): Promise<string> {
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
    const target = await readlink(join(rootfs, ...done, part)).catch(() => undefined);
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
  return join(rootfs, ...done);
}

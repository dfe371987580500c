import { type FileOwner, notedOwners } from '@slipway/oci';
import type { BytePath } from '../../copy/byte-path.ts';
import { lstatInRoot } from '../../copy/resolve-in-root.ts';

/** The noted owners of what takes no attribute in a root filesystem, by inode; `lower`: its unpacked layers, topmost first. */
export function ownersByInode(root: string, lower: readonly string[]): ReadonlyMap<bigint, FileOwner> {
  const found = new Map<bigint, FileOwner>();
  for (const [path, owner] of notedOwners(lower)) {
    const inode = lstatInRoot(root, path as BytePath)?.ino;
    if (inode !== undefined) found.set(inode, owner);
  }
  return found;
}

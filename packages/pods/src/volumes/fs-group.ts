import { chmod, chown, lchown, lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

const SETGID = 0o2000;

/**
 * Gives a volume to the pod's fsGroup: group, group access, and setgid folders so that new files belong to it too.
 * What has the group already is left alone below (fsGroupChangePolicy OnRootMismatch). Links are not followed.
 */
export async function giveToGroup(path: string, gid: number): Promise<void> {
  const stats = await lstat(path);
  if (stats.gid === gid) return;
  if (stats.isDirectory()) {
    for await (const entry of await opendir(path)) await giveToGroup(join(path, entry.name), gid);
  }
  if (stats.isSymbolicLink()) return await lchown(path, stats.uid, gid);
  await chown(path, stats.uid, gid);
  const access = stats.isDirectory() ? SETGID | 0o070 : 0o060;
  await chmod(path, (stats.mode & 0o7777) | access);
}

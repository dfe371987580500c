import { chown } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { hasOneId } from '@slipway/containers';
import { recordOwners } from '@slipway/oci';
import { bytePath } from '../../copy/byte-path.ts';

/**
 * Gives something that a RUN sees beside its root filesystem to a user. With one id it is every user's anyway: the owner is
 * recorded to be shown, where the file system takes attributes of users (a tmpfs does since Linux 6.6).
 */
export async function giveTo(
  path: string,
  { uid = 0, gid = 0 }: { readonly uid?: number | undefined; readonly gid?: number | undefined },
): Promise<void> {
  if (!hasOneId()) return await chown(path, uid, gid);
  if (uid === 0 && gid === 0) return;
  await recordOwners(dirname(path), new Map([[bytePath(basename(path)), { uid, gid }]])).catch(() => {});
}

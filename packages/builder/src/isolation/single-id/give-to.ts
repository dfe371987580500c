import { chown } from 'node:fs/promises';
import { idMapKind } from '@slipway/containers';

/** Gives something that a RUN sees beside its root filesystem to a user. With one id it is every user's anyway. */
export async function giveTo(
  path: string,
  { uid = 0, gid = 0 }: { readonly uid?: number | undefined; readonly gid?: number | undefined },
): Promise<void> {
  if (idMapKind() !== 'single') await chown(path, uid, gid);
}

import { resolveUser } from '@slipway/containers';
import { SlipwayError } from '@slipway/core';

const NUMBERS = /^(\d+)(?::(\d+))?$/;

/** Whether it takes the users of a root filesystem to know whom `--chown` means. */
export function namesUsers(chown: string | undefined): boolean {
  return chown !== undefined && chown !== '' && !NUMBERS.test(chown);
}

/**
 * `--chown` by number: `user`, `user:group`, names looked up in the root filesystem. As docker documents it, a number
 * without a group is also the group.
 */
export async function resolveOwner(
  rootfs: string | undefined,
  chown: string | undefined,
): Promise<{ uid: number; gid: number } | undefined> {
  if (chown === undefined || chown === '') return undefined;
  const numbers = NUMBERS.exec(chown);
  if (numbers) return { uid: Number(numbers[1]), gid: Number(numbers[2] ?? numbers[1]) };
  if (rootfs === undefined) {
    throw new SlipwayError('invalid', 'COPY_CHOWN', `--chown=${chown} needs the users of a base image`, {
      hint: 'give the user and the group by number',
    });
  }
  const { uid, gid } = await resolveUser(rootfs, chown);
  return { uid, gid };
}

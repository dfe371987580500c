import type { UserInfo } from '../authn/user.ts';

/** A user as reviews show it. */
export function userStatus({ username, uid, groups, extra }: UserInfo): Record<string, unknown> {
  return { username, ...(uid ? { uid } : {}), groups: [...groups], ...(extra ? { extra } : {}) };
}

import type { SecurityContextConstraints } from '@slipway/kube';
import type { UserInfo } from '../../authn/user.ts';
import type { Authorizer } from '../../authz/authorizer.ts';

export const SCC_GROUP = 'security.openshift.io';
export const SCC_RESOURCE = 'securitycontextconstraints';

/** Whether the SCC names the user or a group of the user's, or RBAC lets the user `use` it in the namespace. */
export function mayUse(
  authorizer: Authorizer,
  { metadata: { name }, users, groups }: SecurityContextConstraints,
  user: UserInfo,
  namespace: string,
): boolean {
  if ((users ?? []).includes(user.username)) return true;
  if ((groups ?? []).some((group) => user.groups.includes(group))) return true;
  const review = { verb: 'use', group: SCC_GROUP, resource: SCC_RESOURCE, namespace, name };
  return authorizer.authorize({ user, ...review }).allowed;
}

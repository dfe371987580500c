import type { IncomingHttpHeaders } from 'node:http';
import { parseServiceAccountUsername, StatusError } from '@slipway/kube';
import type { UserInfo } from '../authn/user.ts';
import type { ServerContext } from '../context.ts';

/** The user that a request wants to act as (`kubectl --as`), if it may. Throws Forbidden, BadRequest. */
export function impersonate(context: ServerContext, user: UserInfo, headers: IncomingHttpHeaders): UserInfo {
  const username = single(headers['impersonate-user']);
  const groups = list(headers['impersonate-group']);
  const uid = single(headers['impersonate-uid']);
  if (username === undefined) {
    if (groups.length === 0 && uid === undefined) return user;
    throw StatusError.badRequest('requested groups or uid without impersonating a user');
  }
  const account = parseServiceAccountUsername(username);
  if (account) requireImpersonation(context, user, 'serviceaccounts', account.name, account.namespace);
  else requireImpersonation(context, user, 'users', username);
  for (const group of groups) requireImpersonation(context, user, 'groups', group);
  if (uid !== undefined) requireImpersonation(context, user, 'uids', uid);
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    groups: groupsOf(username, groups, account?.namespace),
  };
}

function groupsOf(username: string, groups: readonly string[], namespace: string | undefined): string[] {
  if (username === 'system:anonymous') return groups.length > 0 ? [...groups] : ['system:unauthenticated'];
  const accounts =
    namespace !== undefined && groups.length === 0
      ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
      : [];
  return [...new Set([...groups, ...accounts, 'system:authenticated'])];
}

function requireImpersonation(
  { authorizer }: ServerContext,
  user: UserInfo,
  resource: string,
  name: string,
  namespace?: string,
): void {
  const group = resource === 'uids' ? 'authentication.k8s.io' : '';
  const place = namespace === undefined ? {} : { namespace };
  if (authorizer.authorize({ user, verb: 'impersonate', group, resource, name, ...place }).allowed) return;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  throw StatusError.forbidden(
    { group, plural: resource },
    name,
    `User ${JSON.stringify(user.username)} cannot impersonate resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${where}`,
  );
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** Node joins repeated headers with a comma; a group's name has none. */
function list(header: string | string[] | undefined): string[] {
  return [header ?? []].flat().flatMap((text) => text.split(',').map((part) => part.trim()));
}

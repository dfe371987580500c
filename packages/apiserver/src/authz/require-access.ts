import { StatusError } from '@slipway/kube';
import type { UserInfo } from '../authn/user.ts';
import type { ResourceRequest, ServerContext } from '../context.ts';

/** Throws Forbidden, in Kubernetes' words, unless the user may do `verb` on the resource of the request. */
export function requireAccess({ authorizer }: ServerContext, verb: string, request: ResourceRequest): void {
  const { user, definition, name, subresource } = request;
  const { group, plural, namespaced } = definition.type;
  // A namespace is governed from inside, too: a role in it may allow to get it. A project is a namespace.
  const isNamespace =
    (group === '' && plural === 'namespaces') || (group === 'project.openshift.io' && plural === 'projects');
  const namespace = isNamespace ? name : namespaced ? request.namespace : '';
  const { allowed } = authorizer.authorize({
    user,
    verb,
    group,
    resource: plural,
    ...(subresource ? { subresource } : {}),
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
  });
  if (allowed) return;
  const resource = subresource ? `${plural}/${subresource}` : plural;
  const place = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  const what = `cannot ${verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${place}`;
  throw StatusError.forbidden(definition.type, name, `User ${JSON.stringify(user.username)} ${what}`);
}

/** The same for a URL path outside the resources. */
export function requirePathAccess(
  { authorizer }: ServerContext,
  user: UserInfo,
  verb: string,
  path: string,
): void {
  if (authorizer.authorize({ user, verb, path }).allowed) return;
  const message = `forbidden: User ${JSON.stringify(user.username)} cannot ${verb} path ${JSON.stringify(path)}`;
  throw StatusError.of('Forbidden', message, {});
}

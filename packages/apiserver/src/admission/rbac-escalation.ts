import { type PolicyRule, type Role, type RoleBinding, StatusError } from '@slipway/kube';
import type { Authorizer } from '../authz/authorizer.ts';
import { rulesCover } from '../authz/policy-rule.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** Nobody may grant what they do not hold, unless they may `escalate` roles or `bind` the one in question. */
export function rbacEscalation(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    admit(request) {
      const { operation, type, object, oldObject } = request;
      if (operation === 'DELETE' || type.group !== GROUP) return;
      if (type.plural.endsWith('roles')) {
        const { rules = [] } = object as Role;
        const isSame =
          oldObject !== undefined && JSON.stringify((oldObject as Role).rules) === JSON.stringify(rules);
        if (!isSame && !mayAlways(authorizer, request, 'escalate', type.plural, '')) {
          requireHeld(authorizer, request, rules ?? []);
        }
        return;
      }
      const { roleRef } = object as RoleBinding;
      const plural = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
      if (mayAlways(authorizer, request, 'bind', plural, roleRef.name)) return;
      const rules = authorizer.rulesOf(roleRef, request.namespace);
      if (rules === undefined) throw StatusError.notFound({ group: GROUP, plural }, roleRef.name);
      requireHeld(authorizer, request, rules);
    },
  };
}

function mayAlways(
  authorizer: Authorizer,
  { user, namespace }: AdmissionRequest,
  verb: 'escalate' | 'bind',
  resource: string,
  name: string,
): boolean {
  return authorizer.authorize({ user, verb, group: GROUP, resource, namespace, name }).allowed;
}

function requireHeld(authorizer: Authorizer, request: AdmissionRequest, wanted: readonly PolicyRule[]): void {
  const { user, namespace, type, object } = request;
  const held = [...authorizer.rulesFor(user, namespace)].map(({ rule }) => rule);
  const missing = wanted.filter((rule) => !rulesCover(held, rule));
  if (missing.length === 0) return;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
  const why = `user ${JSON.stringify(user.username)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n`;
  throw StatusError.forbidden(type, object.metadata.name, why + missing.map(describe).join('\n'));
}

function describe({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule): string {
  const parts = {
    APIGroups: apiGroups,
    Resources: resources,
    ResourceNames: resourceNames,
    NonResourceURLs: nonResourceURLs,
    Verbs: verbs,
  };
  const shown = Object.entries(parts)
    .filter(([, list]) => list?.length)
    .map(([name, list]) => `${name}:${JSON.stringify(list)}`);
  return `{${shown.join(', ')}}`;
}

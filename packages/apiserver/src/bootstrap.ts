import { isDeepStrictEqual } from 'node:util';
import { type ClusterRole, isStatus, type KubeObject, type ResourceType, resources } from '@slipway/kube';
import { PERMANENT_NAMESPACES } from './admission/namespace-lifecycle.ts';
import { PREDEFINED } from './admission/scc/predefined.ts';
import { CONTROL_PLANE } from './authn/user.ts';
import {
  AUTOUPDATE,
  BOOTSTRAP_CLUSTER_ROLE_BINDINGS,
  BOOTSTRAP_CLUSTER_ROLES,
} from './authz/bootstrap-roles.ts';
import type { ResourceRequest, ServerContext } from './context.ts';
import { ensureNamespaceDefaults } from './controllers/namespace-controller.ts';
import { aggregateRoles } from './controllers/role-aggregation.ts';
import { createObject } from './verbs/create.ts';
import { getObject } from './verbs/get.ts';
import { replaceObject } from './verbs/replace.ts';

/** Creates what every control plane has and this one lacks: the default roles, their bindings, the namespaces. */
export async function bootstrap(context: ServerContext): Promise<void> {
  for (const role of BOOTSTRAP_CLUSTER_ROLES) {
    if (!(await createMissing(context, resources.clusterroles, role))) await addMissingRules(context, role);
  }
  for (const binding of BOOTSTRAP_CLUSTER_ROLE_BINDINGS) {
    await createMissing(context, resources.clusterrolebindings, binding);
  }
  for (const scc of PREDEFINED) await createMissing(context, resources.securitycontextconstraints, scc);
  await aggregateRoles(context);
  for (const name of PERMANENT_NAMESPACES) {
    await createMissing(context, resources.namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
    await ensureNamespaceDefaults(context, name);
  }
  await admitNamespacesAgain(context);
}

/** A control plane that was started with another policy has namespaces without what this one's plugins add. */
async function admitNamespacesAgain(context: ServerContext): Promise<void> {
  for (const stored of context.store.list({ resource: '/namespaces' }).items) {
    if (stored.object.metadata.deletionTimestamp !== undefined) continue;
    const request = requestFor(context, resources.namespaces, stored.key.name);
    await replaceObject(context, request, stored, stored.copy(), {});
  }
}

/** Whether it was created now. */
async function createMissing(
  context: ServerContext,
  type: ResourceType,
  object: KubeObject,
): Promise<boolean> {
  const request = requestFor(context, type, '');
  try {
    await createObject(context, request, { value: object });
    return true;
  } catch (error) {
    if (isStatus(error, 'AlreadyExists')) return false;
    throw error;
  }
}

/** A newer version may know more rules; those that an administrator added stay (as Kubernetes' autoupdate). */
async function addMissingRules(context: ServerContext, role: ClusterRole): Promise<void> {
  if (role.aggregationRule !== undefined) return;
  const request = requestFor(context, resources.clusterroles, role.metadata.name);
  const stored = getObject(context, request);
  const current = stored.copy() as ClusterRole;
  const { annotations } = current.metadata;
  // The second is what the first versions wrote by mistake.
  const mayAdd = [AUTOUPDATE, 'rbac.authorization.k8s.io/autoupdate'].some(
    (key) => annotations?.[key] === 'true',
  );
  if (!mayAdd) return;
  const rules = current.rules ?? [];
  const missing = (role.rules ?? []).filter((rule) => !rules.some((each) => isDeepStrictEqual(each, rule)));
  if (missing.length > 0)
    await replaceObject(context, request, stored, { ...current, rules: [...rules, ...missing] }, {});
}

function requestFor({ catalog }: ServerContext, type: ResourceType, name: string): ResourceRequest {
  const definition = catalog.find(type.group, type.version, type.plural);
  if (definition === undefined) throw new Error(`the catalog lacks ${type.plural}`);
  return { user: CONTROL_PLANE, definition, namespace: '', name, warn: () => {} };
}

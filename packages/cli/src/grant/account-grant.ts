import { SlipwayError } from '@slipway/core';
import {
  type ClusterRole,
  isStatus,
  type KubeClient,
  type ResourceType,
  type RoleRef,
  resources,
} from '@slipway/kube';
import type { AccountGrantOptions } from '../commands/grant.ts';
import { openSession } from '../session.ts';
import { type BindingChange, bindRole, unbindRole } from './bindings.ts';
import { requireNamespace } from './namespace.ts';
import { printReport } from './report.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** `slipway grant scc <name> -z <account>`. */
export async function grantScc(name: string, options: AccountGrantOptions): Promise<void> {
  await grant('scc', name, options, async (client, _namespace, dryRun) => {
    if (!(await exists(client, resources.securitycontextconstraints, name)))
      throw await unknownScc(client, name);
    const role = `system:openshift:scc:${name}`;
    if (!dryRun) await ensureSccRole(client, role, name);
    return { apiGroup: GROUP, kind: 'ClusterRole', name: role };
  });
}

/** `slipway grant role <name> -z <account>`: a Role of the namespace, or else a ClusterRole. */
export async function grantRole(name: string, options: AccountGrantOptions): Promise<void> {
  await grant('role', name, options, async (client, namespace) => {
    const kind = (await exists(client, resources.roles, name, namespace)) ? 'Role' : 'ClusterRole';
    if (kind === 'ClusterRole' && !(await exists(client, resources.clusterroles, name))) {
      throw new SlipwayError(
        'not-found',
        'ROLE_UNKNOWN',
        `there is no Role "${name}" in ${namespace}, and no ClusterRole`,
        {
          hint: `see: kubectl get clusterroles; kubectl get roles -n ${namespace}`,
        },
      );
    }
    return { apiGroup: GROUP, kind, name };
  });
}

type FindRole = (client: KubeClient, namespace: string, dryRun: boolean) => Promise<RoleRef>;

async function grant(
  kind: 'scc' | 'role',
  name: string,
  options: AccountGrantOptions,
  findRole: FindRole,
): Promise<void> {
  await using session = await openSession(options);
  const { client } = session;
  const { serviceaccount: accounts, revoke: revoked = false, dryRun = false, output } = options;
  const namespace = options.namespace ?? session.namespace;
  await requireNamespace(client, namespace);
  const roleRef = await findRole(client, namespace, dryRun || revoked);
  const change: BindingChange = { namespace, roleRef, accounts, dryRun };
  const changed = await (revoked ? unbindRole : bindRole)(client, change);
  const warnings = await missingAccounts(client, namespace, accounts);
  const report = { kind, name, namespace, serviceAccounts: accounts, revoked, changed, dryRun, warnings };
  const commands = { kubectl: kubectlCommand(change, revoked), oc: ocCommand(kind, name, change, revoked) };
  printReport({ ...report, commands }, sentence(kind, name, change, revoked), output);
}

function sentence(kind: 'scc' | 'role', name: string, change: BindingChange, revoked: boolean): string {
  const who = change.accounts.map((account) => `${change.namespace}/${account}`).join(', ');
  if (kind === 'role')
    return `${who} ${revoked ? 'no longer has' : 'has'} the role ${name} in ${change.namespace}`;
  return `pods of ${who} ${revoked ? 'may no longer' : 'may'} run under the security context constraints ${name}`;
}

function ocCommand(
  kind: 'scc' | 'role',
  name: string,
  { accounts, namespace, roleRef }: BindingChange,
  revoked: boolean,
): string {
  const verb = `${revoked ? 'remove' : 'add'}-${kind}-${revoked ? 'from' : 'to'}-user`;
  const local = roleRef.kind === 'Role' ? ` --role-namespace=${namespace}` : '';
  return `oc adm policy ${verb} ${name} ${accounts.map((account) => `-z ${account}`).join(' ')} -n ${namespace}${local}`;
}

function kubectlCommand({ accounts, namespace, roleRef }: BindingChange, revoked: boolean): string {
  if (revoked) return `kubectl delete rolebinding ${roleRef.name} -n ${namespace}`;
  const subjects = accounts.map((account) => `--serviceaccount=${namespace}:${account}`).join(' ');
  const role = `--${roleRef.kind.toLowerCase()}=${roleRef.name}`;
  return `kubectl create rolebinding ${roleRef.name} -n ${namespace} ${role} ${subjects}`;
}

async function exists(
  client: KubeClient,
  type: ResourceType,
  name: string,
  namespace?: string,
): Promise<boolean> {
  try {
    await client.get(type, name, namespace);
    return true;
  } catch (error) {
    if (isStatus(error, 'NotFound')) return false;
    throw error;
  }
}

async function unknownScc(client: KubeClient, name: string): Promise<SlipwayError> {
  const message = `there are no security context constraints "${name}"`;
  try {
    const { items } = await client.list(resources.securitycontextconstraints);
    const names = items.map(({ metadata }) => metadata.name).join(', ');
    return new SlipwayError('not-found', 'SCC_UNKNOWN', message, { hint: `there are: ${names}` });
  } catch (cause) {
    return new SlipwayError('not-found', 'SCC_UNKNOWN', `${message}: this cluster has none at all`, {
      hint: 'where OpenShift’s policy is not in force, it is the namespace: slipway grant pod-security privileged -n <namespace>',
      cause,
    });
  }
}

/** The role that oc makes for an SCC when it is missing. */
async function ensureSccRole(client: KubeClient, role: string, scc: string): Promise<void> {
  const rule = {
    apiGroups: ['security.openshift.io'],
    resources: ['securitycontextconstraints'],
    resourceNames: [scc],
    verbs: ['use'],
  };
  const object: ClusterRole = {
    apiVersion: `${GROUP}/v1`,
    kind: 'ClusterRole',
    metadata: { name: role },
    rules: [rule],
  };
  if (await exists(client, resources.clusterroles, role)) return;
  await client.create(resources.clusterroles, object);
}

async function missingAccounts(
  client: KubeClient,
  namespace: string,
  accounts: readonly string[],
): Promise<string[]> {
  const warnings: string[] = [];
  for (const account of accounts) {
    if (await exists(client, resources.serviceaccounts, account, namespace)) continue;
    warnings.push(
      `there is no ServiceAccount ${account} in namespace ${namespace} yet; make it with: kubectl create serviceaccount ${account} -n ${namespace}`,
    );
  }
  return warnings;
}

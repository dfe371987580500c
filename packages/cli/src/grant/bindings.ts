import {
  isStatus,
  type KubeClient,
  type RoleBinding,
  type RoleRef,
  resources,
  type Subject,
} from '@slipway/kube';

const GROUP = 'rbac.authorization.k8s.io';

export interface BindingChange {
  readonly namespace: string;
  readonly roleRef: RoleRef;
  readonly accounts: readonly string[];
  readonly dryRun: boolean;
}

/** Binds the role to the ServiceAccounts that do not have it yet in the namespace; whether there were any. */
export async function bindRole(client: KubeClient, change: BindingChange): Promise<boolean> {
  const { namespace, roleRef, accounts, dryRun } = change;
  const bindings = await bindingsOf(client, change);
  const missing = accounts.filter((name) => !bindings.some((binding) => holds(binding, name)));
  if (missing.length === 0) return false;
  const added = missing.map((name): Subject => ({ kind: 'ServiceAccount', name, namespace }));
  const [first] = bindings;
  if (dryRun) return true;
  if (first !== undefined) {
    await client.update(resources.rolebindings, {
      ...first,
      subjects: [...(first.subjects ?? []), ...added],
    });
    return true;
  }
  await createBinding(client, {
    apiVersion: `${GROUP}/v1`,
    kind: 'RoleBinding',
    metadata: { name: roleRef.name, namespace },
    roleRef,
    subjects: added,
  });
  return true;
}

/** Takes the ServiceAccounts out of all bindings of the role in the namespace; whether one was in any. */
export async function unbindRole(client: KubeClient, change: BindingChange): Promise<boolean> {
  const { namespace, accounts, dryRun } = change;
  const affected = (await bindingsOf(client, change)).filter((binding) =>
    accounts.some((name) => holds(binding, name)),
  );
  if (dryRun) return affected.length > 0;
  for (const binding of affected) {
    const subjects = (binding.subjects ?? []).filter(
      (subject) => !accounts.some((name) => isAccount(subject, name, namespace)),
    );
    const { name } = binding.metadata;
    if (subjects.length > 0) await client.update(resources.rolebindings, { ...binding, subjects });
    else await client.delete(resources.rolebindings, name, { namespace });
  }
  return affected.length > 0;
}

async function bindingsOf(client: KubeClient, { namespace, roleRef }: BindingChange): Promise<RoleBinding[]> {
  const { items } = await client.list<RoleBinding>(resources.rolebindings, { namespace });
  return items.filter((item) => item.roleRef.kind === roleRef.kind && item.roleRef.name === roleRef.name);
}

function holds(binding: RoleBinding, account: string): boolean {
  const { namespace = '' } = binding.metadata;
  return (binding.subjects ?? []).some((subject) => isAccount(subject, account, namespace));
}

function isAccount(subject: Subject, name: string, namespace: string): boolean {
  return (
    subject.kind === 'ServiceAccount' &&
    subject.name === name &&
    (subject.namespace || namespace) === namespace
  );
}

/** The name may be taken by a binding of another role: then a number is added, as oc does. */
async function createBinding(client: KubeClient, binding: RoleBinding): Promise<void> {
  const { name } = binding.metadata;
  for (let number = -1; ; number++) {
    const metadata = { ...binding.metadata, name: number < 0 ? name : `${name}-${number}` };
    try {
      await client.create(resources.rolebindings, { ...binding, metadata });
      return;
    } catch (error) {
      if (!isStatus(error, 'AlreadyExists')) throw error;
    }
  }
}

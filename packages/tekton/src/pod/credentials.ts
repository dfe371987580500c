import {
  type CredentialOrder,
  isStatus,
  type KubeClient,
  resources,
  type Secret,
  type ServiceAccount,
  type Volume,
  type VolumeMount,
} from '@slipway/kube';
import { RunFailure } from '../taskrun/run-failure.ts';
import { folders } from './folders.ts';
import { hashedName } from './names.ts';

export interface Credentials {
  readonly orders: readonly CredentialOrder[];
  readonly volumes: readonly Volume[];
  readonly mounts: readonly VolumeMount[];
  /** Secrets that the ServiceAccount names and that do not exist. */
  readonly missing: readonly string[];
}

/**
 * The Secrets of a ServiceAccount that are credentials for docker or git (Tekton's docs/auth.md), mounted for the
 * pod runner to render. Only names are read into the Pod. Throws NotFound when the ServiceAccount does not exist, and
 * RunFailure when two Secrets say something different of one URL.
 */
export async function findCredentials(
  client: KubeClient,
  namespace: string,
  serviceAccount: string,
): Promise<Credentials> {
  const account = await client.get<ServiceAccount>(resources.serviceaccounts, serviceAccount, namespace);
  const listed = (account.secrets ?? []).map(({ name }) => name).filter((name) => name !== undefined);
  const orders: CredentialOrder[] = [];
  const volumes: Volume[] = [];
  const mounts: VolumeMount[] = [];
  const missing: string[] = [];
  for (const secretName of new Set(listed)) {
    const secret = await getSecret(client, namespace, secretName);
    if (!secret) missing.push(secretName);
    const own = secret ? ordersOf(secret) : [];
    if (own.length === 0) continue;
    orders.push(...own);
    const name = hashedName('tekton-creds', secretName, 8);
    volumes.push({ name, secret: { secretName } });
    mounts.push({ name, mountPath: `${folders.credentialSecrets}/${secretName}` });
  }
  refuseDuplicates(orders, serviceAccount);
  return { orders, volumes, mounts, missing };
}

/** One URL has one user and password. Keys are several, as ssh tries them in turn. */
function refuseDuplicates(orders: readonly CredentialOrder[], serviceAccount: string): void {
  const seen = new Map<string, CredentialOrder>();
  for (const order of orders) {
    if (order.kind !== 'basic-docker' && order.kind !== 'basic-git') continue;
    const key = `${order.kind} ${order.url}`;
    const first = seen.get(key);
    seen.set(key, order);
    if (!first) continue;
    const whose =
      first.secret === order.secret
        ? `twice in "${order.secret}"`
        : `in "${first.secret}" and in "${order.secret}"`;
    const annotation = order.kind === 'basic-docker' ? 'tekton.dev/docker-' : 'tekton.dev/git-';
    throw RunFailure.ofUser(
      'PodCreationFailed',
      `the Secrets of ServiceAccount "${serviceAccount}" have multiple entries for url: ${order.url} (annotation ${annotation}…, ${whose}): leave one`,
    );
  }
}

async function getSecret(client: KubeClient, namespace: string, name: string): Promise<Secret | undefined> {
  try {
    return await client.get<Secret>(resources.secrets, name, namespace);
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}

function ordersOf(secret: Secret): CredentialOrder[] {
  const { name } = secret.metadata;
  const urls = (prefix: string, kind: CredentialOrder['kind']): CredentialOrder[] =>
    Object.entries(secret.metadata.annotations ?? {})
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, url]) => ({ secret: name, kind, url }));
  switch (secret.type) {
    case 'kubernetes.io/basic-auth':
      return [...urls('tekton.dev/docker-', 'basic-docker'), ...urls('tekton.dev/git-', 'basic-git')];
    case 'kubernetes.io/ssh-auth':
      return urls('tekton.dev/git-', 'ssh-git');
    case 'kubernetes.io/dockerconfigjson':
      return [{ secret: name, kind: 'docker-config' }];
    case 'kubernetes.io/dockercfg':
      return [{ secret: name, kind: 'docker-cfg' }];
    default:
      return [];
  }
}

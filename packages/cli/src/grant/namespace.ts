import { SlipwayError } from '@slipway/core';
import { isStatus, type KubeClient, type Namespace, resources } from '@slipway/kube';

/** Throws NAMESPACE_UNKNOWN with the command that makes it. */
export async function requireNamespace(client: KubeClient, name: string): Promise<Namespace> {
  try {
    return await client.get<Namespace>(resources.namespaces, name);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    throw new SlipwayError('not-found', 'NAMESPACE_UNKNOWN', `there is no namespace ${name}`, {
      hint: `make it with: kubectl create namespace ${name}`,
      cause: error,
    });
  }
}

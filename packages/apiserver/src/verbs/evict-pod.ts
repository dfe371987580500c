import type { KubeObject } from '@slipway/kube';
import type { ResourceRequest, ServerContext } from '../context.ts';
import { type DeleteOptions, deleteObject } from './delete.ts';

/** Evicts a pod (`pods/eviction`, `kubectl drain`): there are no disruption budgets here, so it is a deletion. */
export async function evictPod(
  context: ServerContext,
  request: ResourceRequest,
  eviction: unknown,
): Promise<KubeObject> {
  const { deleteOptions = {} } = (eviction ?? {}) as { deleteOptions?: DeleteOptions };
  await deleteObject(context, { ...request, subresource: undefined }, deleteOptions);
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {} as KubeObject['metadata'],
    status: 'Success',
    code: 201,
  };
}

import { isStatus } from '@slipway/kube';
import type { ResourceRequest, ServerContext } from '../context.ts';
import { type DeleteOptions, deleteObject } from './delete.ts';
import { type ListOptions, type ListResult, listObjects } from './list.ts';

/** Deletes every selected object of a collection; returns what was there. */
export async function deleteCollection(
  context: ServerContext,
  request: ResourceRequest,
  selectors: ListOptions,
  options: DeleteOptions = {},
): Promise<ListResult> {
  const list = listObjects(context, request, selectors);
  for (const { key } of list.items) {
    try {
      await deleteObject(context, { ...request, namespace: key.namespace, name: key.name }, options);
    } catch (error) {
      // Someone else was faster: gone is what was wanted.
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }
  return list;
}

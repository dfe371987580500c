import { CONTROL_PLANE } from '../authn/user.ts';
import type { ResourceRequest, ServerContext } from '../context.ts';
import type { ObjectKey } from '../storage/stored-object.ts';

/** The request by which the control plane itself works on a stored object; undefined for a kind that is not served. */
export function systemRequest({ catalog }: ServerContext, key: ObjectKey): ResourceRequest | undefined {
  const definition = catalog.byStorageKey(key.resource);
  if (definition === undefined) return undefined;
  return { user: CONTROL_PLANE, definition, namespace: key.namespace, name: key.name, warn: () => {} };
}

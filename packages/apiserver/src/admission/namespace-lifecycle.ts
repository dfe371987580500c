import { type Namespace, StatusError } from '@slipway/kube';
import type { ObjectStore } from '../storage/object-store.ts';
import type { AdmissionPlugin } from './admission.ts';

/** The namespaces that the control plane itself lives in. */
export const PERMANENT_NAMESPACES: readonly string[] = ['default', 'kube-system', 'kube-public'];

/** Refuses to create in a namespace that does not exist or is going away, and to delete one that must stay. */
export function namespaceLifecycle(store: ObjectStore): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    admit({ operation, type, namespace, name }) {
      if (operation === 'DELETE' && type.group === '' && type.plural === 'namespaces') {
        if (!PERMANENT_NAMESPACES.includes(name)) return;
        throw StatusError.forbidden(type, name, 'this namespace may not be deleted');
      }
      if (operation === 'CREATE' && namespace !== '') requireActiveNamespace(store, type, namespace, name);
    },
  };
}

/** Throws NotFound or Forbidden unless objects may be created in the namespace. */
export function requireActiveNamespace(
  store: ObjectStore,
  type: { group: string; plural: string },
  namespace: string,
  name: string,
): void {
  const stored = store.get({ resource: '/namespaces', namespace: '', name: namespace });
  if (stored === undefined) throw StatusError.notFound({ group: '', plural: 'namespaces' }, namespace);
  if ((stored.object as Namespace).metadata.deletionTimestamp === undefined) return;
  const error = StatusError.forbidden(
    type,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw new StatusError({ ...error.status, details: { ...error.status.details, causes: [cause] } });
}

import type { Logger } from '@slipway/core';
import {
  controller,
  isStatus,
  type KubeClient,
  type Namespace,
  type RoleBinding,
  resources,
} from '@slipway/kube';

/** Name of the binding and of its role on OpenShift. */
const BINDING = 'system:image-pullers';
const ROLE = 'system:image-puller';
const GROUP = 'rbac.authorization.k8s.io';

/** Lets the ServiceAccounts of each namespace pull the images of that namespace, by a RoleBinding as on OpenShift. */
export async function followNamespaces(
  client: KubeClient,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const bindings = controller<Namespace>({
    client,
    type: resources.namespaces,
    reconcile: async (name, namespace) => {
      if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return;
      await client.create(resources.rolebindings, imagePullers(name)).catch((error) => {
        if (!isStatus(error, 'AlreadyExists') && !isStatus(error, 'Forbidden')) throw error; // there, or terminating
      });
    },
    signal,
    logger,
  });
  await bindings.ready;
  await bindings.idle();
}

function imagePullers(namespace: string): RoleBinding {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'RoleBinding',
    metadata: { name: BINDING, namespace },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: ROLE },
    subjects: [{ apiGroup: GROUP, kind: 'Group', name: `system:serviceaccounts:${namespace}` }],
  };
}

import { SlipwayError } from '@slipway/core';
import {
  type KubeClient,
  type KubeObject,
  type ResourceType,
  resourceFor,
  resources,
  StatusError,
} from '@slipway/kube';

/** Makes the namespace unless it is there. */
export async function ensureNamespace(client: KubeClient, name: string): Promise<void> {
  const object: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await client.create(resources.namespaces, object).catch((error) => {
    if (!(error instanceof StatusError && error.status.reason === 'AlreadyExists')) throw error;
  });
}

/** A field that the server does not know is a mistake of whoever wrote it, not something to drop. */
const fieldValidation = 'Strict';

/** Server-side apply, as `kubectl apply --server-side` with our own field manager. */
export async function applyObject(
  client: KubeClient,
  object: KubeObject,
  namespace: string,
): Promise<KubeObject> {
  const type = typeOf(object);
  const inNamespace = type.namespaced ? (object.metadata.namespace ?? namespace) : undefined;
  const body = inNamespace ? { ...object, metadata: { ...object.metadata, namespace: inNamespace } } : object;
  if (object.metadata.name === undefined) return client.create(type, body, { fieldValidation });
  const patch = { type: 'apply', body, fieldManager: 'slipway', force: true, fieldValidation } as const;
  return client.patch(type, object.metadata.name, patch, inNamespace ? { namespace: inNamespace } : {});
}

function typeOf(object: KubeObject): ResourceType {
  const found = resourceFor(object);
  if (found) return found;
  throw new SlipwayError(
    'unsupported',
    'KIND_UNKNOWN',
    `${object.kind} of ${object.apiVersion} is not a kind that slipway run applies`,
    {
      hint: 'see "kubectl api-resources" for what there is',
    },
  );
}

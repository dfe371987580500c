import { StatusError } from '@slipway/kube';
import type { ResourceRequest, ServerContext } from '../context.ts';
import { storageKey } from '../resources/definition.ts';
import { viewIn } from '../resources/versions.ts';
import type { ObjectKey, StoredObject } from '../storage/stored-object.ts';

/** Where the request's object is stored. */
export function objectKey({ definition, namespace, name }: ResourceRequest): ObjectKey {
  return {
    resource: storageKey(definition.type),
    namespace: definition.type.namespaced ? namespace : '',
    name,
  };
}

/** The object as it is now, in the version of the request. Throws NotFound. */
export function getObject(context: ServerContext, request: ResourceRequest): StoredObject {
  return viewIn(request.definition, getStored(context, request));
}

/** The object as it is now, in the version in which it is stored. Throws NotFound. */
export function getStored(context: ServerContext, request: ResourceRequest): StoredObject {
  const stored = context.store.get(objectKey(request));
  if (stored === undefined) throw StatusError.notFound(request.definition.type, request.name);
  return stored;
}

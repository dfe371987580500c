import { SlipwayError } from '@slipway/core';
import { invalidField, StatusError } from '@slipway/kube';
import type { ResourceRequest, ServerContext, WriteOptions } from '../context.ts';
import { qualifiedKind } from '../resources/definition.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { type Body, decodeBody } from './body.ts';
import { getStored } from './get.ts';
import { requireSameIdentity } from './metadata.ts';
import { replaceObject } from './replace.ts';

/**
 * Replaces an object, or its status. Throws NotFound; Conflict when the resourceVersion given is not the stored one.
 * Without one, kinds of Kubernetes itself are replaced whatever they are; custom ones refuse that.
 */
export async function updateObject(
  context: ServerContext,
  request: ResourceRequest,
  body: Body,
  options: WriteOptions = {},
): Promise<StoredObject> {
  const { definition, name } = request;
  for (;;) {
    const object = decodeBody(request, body, options);
    requireSameIdentity(request, object);
    const current = getStored(context, request);
    const expected = object.metadata.resourceVersion;
    if (!expected && definition.custom) {
      const problem = invalidField('metadata.resourceVersion', 0, 'must be specified for an update');
      throw StatusError.invalid(qualifiedKind(definition.type), name, [problem]);
    }
    if (expected && expected !== String(current.revision)) throw StatusError.conflict(definition.type, name);
    try {
      return await replaceObject(context, request, current, object, options);
    } catch (error) {
      if (!isChanged(error)) throw error;
      if (expected) throw StatusError.conflict(definition.type, name);
    }
  }
}

/** Whether the store refused a write because the object was written by another request in between. */
export function isChanged(error: unknown): boolean {
  return error instanceof SlipwayError && error.code === 'OBJECT_CHANGED';
}

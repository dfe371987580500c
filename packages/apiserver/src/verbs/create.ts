import { SlipwayError } from '@slipway/core';
import { type KubeObject, StatusError } from '@slipway/kube';
import { requireActiveNamespace } from '../admission/namespace-lifecycle.ts';
import type { ResourceRequest, ServerContext, WriteOptions } from '../context.ts';
import { storageKey } from '../resources/definition.ts';
import { StoredObject } from '../storage/stored-object.ts';
import { admit } from './admit.ts';
import { type Body, decodeBody } from './body.ts';
import { recordApplied, recordOwner } from './managed-fields.ts';
import { initMetadata, requireSameIdentity } from './metadata.ts';
import { requireValid } from './validate.ts';

export interface CreateOptions extends WriteOptions {
  /** The configuration, when it is an apply that creates the object. */
  readonly applied?: KubeObject;
}

const NAME_TRIES = 8;

/** Stores a new object: checked, defaulted, admitted, validated. Throws AlreadyExists, Invalid, Forbidden, BadRequest. */
export async function createObject(
  context: ServerContext,
  request: ResourceRequest,
  body: Body,
  options: CreateOptions = {},
): Promise<StoredObject> {
  for (let attempt = 1; ; attempt++) {
    try {
      const stored = await tryCreate(context, request, body, options);
      if (!options.dryRun) await complete(context, stored);
      return stored;
    } catch (error) {
      const exists = error instanceof SlipwayError && error.code === 'OBJECT_EXISTS';
      if (!exists) throw error;
      const { name, generateName } = (body.value as KubeObject).metadata ?? {};
      // A generated name that is taken is replaced by another; the client need not know.
      if (!name && generateName && attempt < NAME_TRIES) continue;
      throw StatusError.alreadyExists(request.definition.type, name ?? '');
    }
  }
}

/** A failure is left to the controller that does the same, and tries again. */
async function complete(context: ServerContext, { key }: StoredObject): Promise<void> {
  try {
    await context.completions[key.resource]?.(context, key);
  } catch (error) {
    const { resource, name } = key;
    context.logger.warn('an object is not complete yet', { resource, name, error: String(error) });
  }
}

async function tryCreate(
  context: ServerContext,
  request: ResourceRequest,
  body: Body,
  options: CreateOptions,
): Promise<StoredObject> {
  const { definition } = request;
  const now = context.clock.now();
  const object = decodeBody(request, body, options);
  requireSameIdentity(request, object);
  initMetadata(definition, object, now);
  if (definition.custom && definition.type.subresources?.includes('status')) delete object.status;
  // Before the server adds its own: what plugins and defaults of a kind set has no owner, as in Kubernetes.
  if (options.applied === undefined) recordOwner(request, object, undefined, options, now);
  else recordApplied(request, object, options.applied, options, now);
  definition.strategy.prepareCreate?.(object);
  await admit(context, request, 'CREATE', { object }, options);
  requireValid(definition, object);
  return commit(context, request, object, options);
}

function commit(
  context: ServerContext,
  { definition, namespace }: ResourceRequest,
  object: KubeObject,
  options: WriteOptions,
): StoredObject {
  const { type } = definition;
  const { name } = object.metadata;
  const key = { resource: storageKey(type), namespace: type.namespaced ? namespace : '', name };
  // Once more, in the same turn as the write: the namespace may have been deleted since it was admitted.
  if (type.namespaced) requireActiveNamespace(context.store, type, namespace, name);
  if (!options.dryRun) return context.store.create(key, object);
  if (context.store.get(key) !== undefined) throw StatusError.alreadyExists(type, name);
  return new StoredObject(key, object.metadata.uid ?? '', 0, JSON.stringify(object));
}

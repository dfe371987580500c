import { type KubeObject, schemaFor, validateMetadata, validateObject } from '@slipway/kube';
import type { ResourceDefinition } from '../resources/definition.ts';
import { refuse } from './refuse.ts';

/** Throws Invalid with everything that is wrong with a new or changed object. */
export function requireValid(definition: ResourceDefinition, object: KubeObject): void {
  const kind = schemaFor(definition.type);
  refuse(definition.type, object, [
    ...validateMetadata(object, definition.type),
    ...(kind === undefined ? [] : validateObject(object, kind)),
    ...(definition.strategy.validate?.(object) ?? []),
  ]);
}

/** Throws Invalid with every change that is not allowed. */
export function requireValidUpdate(
  definition: ResourceDefinition,
  object: KubeObject,
  old: KubeObject,
): void {
  refuse(definition.type, object, definition.strategy.validateUpdate?.(object, old) ?? []);
}

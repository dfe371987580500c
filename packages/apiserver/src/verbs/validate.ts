import {
  type FieldError,
  type KubeObject,
  StatusError,
  schemaFor,
  validateMetadata,
  validateObject,
} from '@slipway/kube';
import { qualifiedKind, type ResourceDefinition } from '../resources/definition.ts';

/** Throws Invalid with everything that is wrong with a new or changed object. */
export function requireValid(definition: ResourceDefinition, object: KubeObject): void {
  const kind = schemaFor(definition.type);
  refuse(definition, object, [
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
  refuse(definition, object, definition.strategy.validateUpdate?.(object, old) ?? []);
}

function refuse({ type }: ResourceDefinition, object: KubeObject, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw StatusError.invalid(qualifiedKind(type), object.metadata.name ?? '', errors);
}

import { type FieldError, requiredField } from '../field-error.ts';
import type { PersistentVolumeClaim } from '../objects/core-v1.ts';

/** What a claim lacks: how it is to be mounted, and how much is wanted. */
export function validateClaim({ spec = {} }: PersistentVolumeClaim): FieldError[] {
  const { accessModes = [], resources = {} } = spec;
  return [
    ...(accessModes.length === 0
      ? [requiredField('spec.accessModes', 'at least 1 access mode is required')]
      : []),
    ...(resources.requests?.storage === undefined ? [requiredField('spec.resources[storage]')] : []),
  ];
}

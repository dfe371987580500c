import { type FieldError, type KubeObject, type ResourceType, StatusError } from '@slipway/kube';
import { qualifiedKind } from '../resources/definition.ts';

/** Kinds whose values are secrets: what is wrong with them is said without them. */
const SECRET_KINDS: readonly string[] = ['Secret', 'TokenReview'];

/** Throws Invalid with these errors, if there are any. */
export function refuse(
  type: Pick<ResourceType, 'group' | 'kind'>,
  object: KubeObject,
  errors: readonly FieldError[],
): void {
  if (errors.length === 0) return;
  const shown = SECRET_KINDS.includes(type.kind) ? errors.map(withoutValue) : errors;
  throw StatusError.invalid(qualifiedKind(type), nameOf(object), shown);
}

/** The metadata may be anything as yet. */
function nameOf({ metadata }: { metadata?: unknown }): string {
  const { name } = (metadata ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name : '';
}

function withoutValue(error: FieldError): FieldError {
  const { value: _, ...rest } = error;
  if (rest.field.startsWith('metadata')) return error;
  const { message } = rest;
  return {
    ...rest,
    message: message.replace(/^Invalid value: (?:"(?:[^"\\]|\\.)*"|[^:]*): /s, 'Invalid value: '),
  };
}

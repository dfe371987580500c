import {
  apiVersionOf,
  applyDefaults,
  type KindSchema,
  type KubeObject,
  pruneObject,
  type ResourceType,
  StatusError,
  schemaFor,
  splitApiVersion,
  strictDecodingError,
  strictProblems,
  validateObject,
} from '@slipway/kube';
import type { ResourceRequest, WriteOptions } from '../context.ts';
import { refuse } from './refuse.ts';

/** An object as a client sent it, before anything is known to be right about it. */
export interface Body {
  readonly value: unknown;
  /** Paths of the fields that the text had twice; the last one counts. */
  readonly duplicates?: readonly string[];
}

/**
 * The object of a body: of the kind that the URL has, without unknown fields. Those are refused, warned of or passed
 * over, as `fieldValidation` says. It shares nothing with the body. Throws BadRequest.
 */
export function decodeBody(request: ResourceRequest, body: Body, options: WriteOptions): KubeObject {
  const object = pruneBody(request, body, options);
  const kind = schemaFor(request.definition.type);
  return kind === undefined ? object : completed(kind, object);
}

/** The same without defaults, and not yet checked: the configuration of an apply is only a part of an object. */
export function pruneBody(
  request: ResourceRequest,
  body: Body,
  options: WriteOptions,
  type: Pick<ResourceType, 'group' | 'version' | 'kind'> = request.definition.type,
): KubeObject {
  const object = withKind(body.value, apiVersionOf(type), type.kind);
  const kind = schemaFor(type);
  if (kind === undefined) return structuredClone(object);
  const { object: pruned, unknown } = pruneObject(object, kind);
  reportProblems(request, object, { unknown, duplicate: body.duplicates ?? [] }, options);
  return structuredClone(pruned);
}

/** The object with its defaults, after its types were checked, so that nothing later meets a list where it expects text. */
export function completed(kind: KindSchema, object: KubeObject): KubeObject {
  const type = { group: splitApiVersion(kind.apiVersion).group, kind: kind.kind };
  // An absent spec is an empty one, as in the Go types: what is missing in it is then named.
  if (!kind.custom && kind.schema.fields.get('spec')?.schema.kind === 'object') object.spec ??= {};
  const wrongTypes = validateObject(object, kind).filter(({ reason }) => reason === 'FieldValueTypeInvalid');
  refuse(type, object, wrongTypes);
  applyDefaults(object, kind);
  refuse(type, object, validateObject(object, kind));
  return object;
}

/** Handles unknown and duplicate fields as the request wants them handled. */
function reportProblems(
  { warn }: ResourceRequest,
  object: KubeObject,
  problems: { readonly unknown: readonly string[]; readonly duplicate: readonly string[] },
  { fieldValidation }: WriteOptions,
): void {
  const texts = strictProblems(problems);
  if (texts.length === 0) return;
  if (fieldValidation === 'Strict') throw strictDecodingError(object, problems);
  if (fieldValidation === 'Warn') for (const text of texts) warn(text);
}

function withKind(value: unknown, apiVersion: string, kind: string): KubeObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw StatusError.badRequest(`the body of the request must be one object of kind ${kind}`);
  }
  const given = value as Partial<KubeObject>;
  if (given.kind && given.kind !== kind) {
    throw StatusError.badRequest(`the object provided is of kind ${given.kind}, expected ${kind}`);
  }
  if (given.apiVersion && given.apiVersion !== apiVersion) {
    throw StatusError.badRequest(
      `the API version in the data (${given.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  }
  return { ...given, apiVersion, kind } as KubeObject;
}

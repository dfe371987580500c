import { type ErrorKind, SlipwayError, toSlipwayError } from '@slipway/core';
import type { FieldError } from './field-error.ts';
import { qualifiedResource, type ResourceType } from './resources.ts';
import type { Status, StatusCause, StatusDetails, StatusReason } from './status.ts';

const REASONS: Readonly<Record<StatusReason, readonly [code: number, kind: ErrorKind]>> = {
  Unauthorized: [401, 'unauthenticated'],
  Forbidden: [403, 'denied'],
  NotFound: [404, 'not-found'],
  AlreadyExists: [409, 'conflict'],
  Conflict: [409, 'conflict'],
  Gone: [410, 'gone'],
  Expired: [410, 'gone'],
  Invalid: [422, 'invalid'],
  BadRequest: [400, 'invalid'],
  MethodNotAllowed: [405, 'unsupported'],
  NotAcceptable: [406, 'unsupported'],
  UnsupportedMediaType: [415, 'unsupported'],
  RequestEntityTooLarge: [413, 'invalid'],
  TooManyRequests: [429, 'unavailable'],
  Timeout: [504, 'timeout'],
  ServiceUnavailable: [503, 'unavailable'],
  InternalError: [500, 'internal'],
  Unknown: [500, 'internal'],
};

/** The reason that a Status carries for each kind of failure; the edge of the API translates by this table. */
const KIND_REASONS: Readonly<Partial<Record<ErrorKind, StatusReason>>> = {
  usage: 'BadRequest',
  invalid: 'BadRequest',
  unauthenticated: 'Unauthorized',
  denied: 'Forbidden',
  'not-found': 'NotFound',
  conflict: 'Conflict',
  gone: 'Gone',
  unsupported: 'BadRequest',
  exhausted: 'ServiceUnavailable',
  unavailable: 'ServiceUnavailable',
  timeout: 'Timeout',
  cancelled: 'Timeout',
};

type Named = Pick<ResourceType, 'group' | 'plural'>;

function resourceDetails(type: Named, name?: string): StatusDetails {
  return {
    ...(name ? { name } : {}),
    ...(type.group ? { group: type.group } : {}),
    kind: type.plural,
  };
}

function conflictLines(causes: readonly StatusCause[]): string[] {
  const byManager = Map.groupBy(causes, (cause) => cause.message ?? '');
  return [...byManager.keys()].sort().flatMap((conflict) => {
    const fields = byManager.get(conflict) ?? [];
    return [`${conflict.replace(/^conflict /, 'conflicts ')}:`, ...fields.map(({ field }) => `- ${field}`)];
  });
}

/** A failure that the Kubernetes API answers with, or answered with; `status` is the body of that answer. */
export class StatusError extends SlipwayError {
  readonly status: Status;

  constructor(status: Status, details: { cause?: unknown; hint?: string } = {}) {
    const reason = status.reason ?? 'Unknown';
    // Insufficient Storage (RFC 4918, 11.5): there is no reason of Kubernetes' for it.
    const isFull = status.code === 507;
    const kind = isFull ? 'exhausted' : (REASONS[reason]?.[1] ?? 'internal');
    const code = isFull
      ? 'KUBE_INSUFFICIENT_STORAGE'
      : `KUBE_${reason.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}`;
    const field = status.details?.causes?.length === 1 ? status.details.causes[0]?.field : undefined;
    super(kind, code, status.message ?? reason, { ...details, ...(field ? { place: { field } } : {}) });
    this.name = 'StatusError';
    this.status = status;
  }

  /** A failure with the HTTP code that belongs to the reason. */
  static of(reason: StatusReason, message: string, details?: StatusDetails, cause?: unknown): StatusError {
    const status: Status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details ? { details } : {}),
      code: REASONS[reason][0],
    };
    return new StatusError(status, { cause });
  }

  static notFound(type: Named, name: string): StatusError {
    return StatusError.of(
      'NotFound',
      `${qualifiedResource(type)} "${name}" not found`,
      resourceDetails(type, name),
    );
  }

  static alreadyExists(type: Named, name: string): StatusError {
    const message = `${qualifiedResource(type)} "${name}" already exists`;
    return StatusError.of('AlreadyExists', message, resourceDetails(type, name));
  }

  /** Someone else changed the object first, or a precondition does not hold. */
  static conflict(
    type: Named,
    name: string,
    why = 'the object has been modified; please apply your changes to the latest version and try again',
  ): StatusError {
    const message = `Operation cannot be fulfilled on ${qualifiedResource(type)} "${name}": ${why}`;
    return StatusError.of('Conflict', message, resourceDetails(type, name));
  }

  /** A server-side apply would take fields from other managers; one cause a field. */
  static applyConflict(causes: readonly StatusCause[]): StatusError {
    const [first] = causes;
    const message =
      causes.length === 1
        ? `Apply failed with 1 conflict: ${first?.message}: ${first?.field}`
        : `Apply failed with ${causes.length} conflicts: ${conflictLines(causes).join('\n')}`;
    return StatusError.of('Conflict', message, { causes: [...causes] });
  }

  /** The object is well-formed and wrong; kind may be qualified by its group: `TaskRun.tekton.dev`. */
  static invalid(kind: string, name: string, errors: readonly FieldError[]): StatusError {
    const causes = errors.map(({ reason, message, field }) => ({ reason, message, field }));
    const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
    const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
    const dot = kind.indexOf('.');
    return StatusError.of('Invalid', `${kind} "${name}" is invalid: ${list}`, {
      ...(name ? { name } : {}),
      ...(dot > 0 ? { group: kind.slice(dot + 1) } : {}),
      kind: dot > 0 ? kind.slice(0, dot) : kind,
      causes,
    });
  }

  /** `why` is a whole clause: `User "u" cannot get resource "pods" in API group "" in the namespace "n"`. */
  static forbidden(type: Named, name: string, why: string): StatusError {
    const subject = name ? `${qualifiedResource(type)} "${name}"` : qualifiedResource(type);
    return StatusError.of('Forbidden', `${subject} is forbidden: ${why}`, resourceDetails(type, name));
  }

  static unauthorized(message = 'Unauthorized'): StatusError {
    return StatusError.of('Unauthorized', message);
  }

  static badRequest(message: string, cause?: unknown): StatusError {
    return StatusError.of('BadRequest', message, undefined, cause);
  }

  /** The resourceVersion is older than what is kept: list again. */
  static expired(message = 'The resourceVersion for the provided watch is too old.'): StatusError {
    return StatusError.of('Expired', message);
  }

  static gone(message: string): StatusError {
    return StatusError.of('Gone', message);
  }

  static methodNotAllowed(type: Named, verb: string): StatusError {
    const message = `${verb} is not supported on resources of kind "${qualifiedResource(type)}"`;
    return StatusError.of('MethodNotAllowed', message, resourceDetails(type));
  }

  static unsupportedMediaType(given: string, accepted: readonly string[]): StatusError {
    const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
    return StatusError.of('UnsupportedMediaType', given === '' ? message : `${message} (got ${given})`);
  }

  static notAcceptable(accepted: readonly string[]): StatusError {
    const message = `only the following media types are accepted: ${accepted.join(', ')}`;
    return StatusError.of('NotAcceptable', message);
  }

  static tooLarge(limitBytes: number): StatusError {
    const message = `Request entity too large: limit is ${limitBytes}`;
    return StatusError.of('RequestEntityTooLarge', message);
  }

  static timeout(message: string): StatusError {
    return StatusError.of('Timeout', `Timeout: ${message}`);
  }

  static unavailable(message: string, cause?: unknown): StatusError {
    return StatusError.of('ServiceUnavailable', message, undefined, cause);
  }

  static internal(message: string, cause?: unknown): StatusError {
    return StatusError.of('InternalError', `Internal error occurred: ${message}`, undefined, cause);
  }
}

/** Any failure as the API would answer it: a StatusError as it is, others by their kind. */
export function toStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const failure = toSlipwayError(error);
  const reason = KIND_REASONS[failure.kind] ?? 'InternalError';
  return StatusError.of(reason, failure.message, undefined, failure);
}

/** Whether the failure is the API's answer with this reason. */
export function isStatus(error: unknown, ...reasons: readonly StatusReason[]): error is StatusError {
  return error instanceof StatusError && reasons.includes(error.status.reason ?? 'Unknown');
}

import type { Place } from './place.ts';

/**
 * The category of a failure. One table for each edge translates it: to an HTTP status (`registry`, `apiserver`),
 * to a Kubernetes Status reason (`kube`) and to an exit code (`cli`).
 */
export type ErrorKind =
  | 'usage' // the command line is wrong
  | 'invalid' // the input (a file, an object, a request) is wrong
  | 'unauthenticated'
  | 'denied'
  | 'not-found'
  | 'conflict'
  | 'gone' // it was there, and is not kept any more
  | 'unsupported'
  | 'exhausted' // disk, quota, memory
  | 'unavailable' // a peer does not answer; trying again may help
  | 'timeout'
  | 'cancelled'
  | 'failed' // the user's own program or build failed
  | 'internal';

export interface ErrorDetails {
  /** Where in the input; shown as file:line:column with the line and a caret, or as a field path. */
  readonly place?: Place | undefined;
  /** What would be right, or the command that helps. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** A failure that a user can act on: a stable code in UPPER_SNAKE, what happened, where, and what would be right. */
export class SlipwayError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly place: Place | undefined;
  readonly hint: string | undefined;

  constructor(kind: ErrorKind, code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SlipwayError';
    this.kind = kind;
    this.code = code;
    this.place = details.place;
    this.hint = details.hint;
  }
}

/** The failure as a SlipwayError; an unknown one keeps its message and becomes kind `internal`. */
export function toSlipwayError(error: unknown): SlipwayError {
  if (error instanceof SlipwayError) return error;
  if (error instanceof Error) return fromSystemError(error);
  return new SlipwayError('internal', 'INTERNAL', String(error));
}

const SYSTEM_KINDS: Readonly<Record<string, ErrorKind>> = {
  ENOSPC: 'exhausted',
  EDQUOT: 'exhausted',
  EMFILE: 'exhausted',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  ENOTFOUND: 'unavailable',
  EAI_AGAIN: 'unavailable',
  ETIMEDOUT: 'timeout',
  ABORT_ERR: 'cancelled',
};

function fromSystemError(error: Error): SlipwayError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'INTERNAL';
  const kind = error.name === 'AbortError' ? 'cancelled' : (SYSTEM_KINDS[code] ?? 'internal');
  return new SlipwayError(kind, code, error.message, { cause: error });
}

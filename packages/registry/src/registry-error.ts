import { type ErrorDetails, type ErrorKind, SlipwayError } from '@slipway/core';

/**
 * The error codes of the OCI distribution-spec 1.1 (section "Error Codes"), with the HTTP status each is answered with.
 * RANGE_INVALID, TAG_INVALID and PAGINATION_NUMBER_INVALID are those of CNCF distribution, which clients know.
 */
const STATUS: Readonly<Record<RegistryErrorCode, number>> = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  PAGINATION_NUMBER_INVALID: 400,
  RANGE_INVALID: 416,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  TOOMANYREQUESTS: 429,
  UNAUTHORIZED: 401,
  UNSUPPORTED: 405,
};

export type RegistryErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'PAGINATION_NUMBER_INVALID'
  | 'RANGE_INVALID'
  | 'SIZE_INVALID'
  | 'TAG_INVALID'
  | 'TOOMANYREQUESTS'
  | 'UNAUTHORIZED'
  | 'UNSUPPORTED';

/** A failure that the registry answers with: a code of the distribution-spec, a status, and headers such as `Range`. */
export class RegistryError extends SlipwayError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: RegistryErrorCode,
    message: string,
    details: ErrorDetails & { readonly status?: number; readonly headers?: Record<string, string> } = {},
  ) {
    const status = details.status ?? STATUS[code];
    super(kindOf(status), code, message, details);
    this.status = status;
    this.headers = details.headers ?? {};
  }
}

function kindOf(status: number): ErrorKind {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'denied';
  if (status === 404) return 'not-found';
  if (status === 405 || status === 415) return 'unsupported';
  if (status === 408) return 'timeout';
  return 'invalid';
}

/** Failures of other packages that have a name in the distribution-spec; the code alone decides. */
const FOREIGN_CODES: Readonly<Record<string, RegistryErrorCode>> = {
  BLOB_UNKNOWN: 'BLOB_UNKNOWN',
  DIGEST_INVALID: 'DIGEST_INVALID',
  DIGEST_MISMATCH: 'DIGEST_INVALID',
  MANIFEST_INVALID: 'MANIFEST_INVALID',
  MANIFEST_UNSUPPORTED: 'MANIFEST_INVALID',
  SIZE_MISMATCH: 'SIZE_INVALID',
};

const KIND_ANSWERS: Readonly<Partial<Record<ErrorKind, readonly [status: number, code: string]>>> = {
  invalid: [400, 'UNSUPPORTED'],
  unauthenticated: [401, 'UNAUTHORIZED'],
  denied: [403, 'DENIED'],
  'not-found': [404, 'NAME_UNKNOWN'],
  conflict: [409, 'BLOB_UPLOAD_INVALID'],
  unsupported: [405, 'UNSUPPORTED'],
  exhausted: [507, 'DENIED'],
  unavailable: [502, 'UNKNOWN'],
  timeout: [408, 'UNKNOWN'],
};

export interface ErrorAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The HTTP answer for a failure; what is not expected becomes a 500 whose message tells nothing of the inside. */
export function answerOf(error: SlipwayError): ErrorAnswer {
  const message = error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
  if (error instanceof RegistryError) {
    return { status: error.status, code: error.code, message, headers: error.headers };
  }
  const foreign = FOREIGN_CODES[error.code];
  if (foreign !== undefined) return { status: STATUS[foreign], code: foreign, message, headers: {} };
  const known = KIND_ANSWERS[error.kind];
  if (known !== undefined) return { status: known[0], code: known[1], message, headers: {} };
  return { status: 500, code: 'UNKNOWN', message: 'the registry failed; its log tells why', headers: {} };
}

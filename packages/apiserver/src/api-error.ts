import { SlipwayError } from '@slipway/core';
import { StatusError, toStatusError } from '@slipway/kube';

/** Any failure as the API answers it; a full disk is 507, which tells it from a fault of the server. */
export function apiError(error: unknown): StatusError {
  if (!(error instanceof SlipwayError) || error.code !== 'STORE_FULL') return toStatusError(error);
  const { status } = StatusError.internal(`${error.message}; ${error.hint}`);
  return new StatusError({ ...status, code: 507 }, { cause: error });
}

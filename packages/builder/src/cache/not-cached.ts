import { SlipwayError, toSlipwayError } from '@slipway/core';

const CODE = 'NOT_CACHED';

/** Ends a build that may only take what is in the cache: a step has to be run. */
export function notCached(): SlipwayError {
  // Of this kind, so that it passes through the steps and stages as it is.
  return new SlipwayError('cancelled', CODE, 'a step is not in the cache');
}

export function isNotCached(error: unknown): boolean {
  return toSlipwayError(error).code === CODE;
}

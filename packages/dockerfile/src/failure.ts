import { type Place, SlipwayError } from '@slipway/core';
import { nearest } from './nearest.ts';

/** The error for a Dockerfile that cannot be built, always kind `invalid`, code `DOCKERFILE_<code>`. */
export function failure(code: string, message: string, place: Place, hint?: string): SlipwayError {
  return new SlipwayError('invalid', `DOCKERFILE_${code}`, message, { place, hint });
}

/** `did you mean RUN?`, or `otherwise` where nothing is near. */
export function suggestion(word: string, options: readonly string[], otherwise?: string): string | undefined {
  const match = nearest(word, options);
  return match === undefined ? otherwise : `did you mean ${match}?`;
}

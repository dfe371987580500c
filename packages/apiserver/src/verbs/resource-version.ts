import { SlipwayError } from '@slipway/core';
import { StatusError } from '@slipway/kube';
import type { ObjectStore } from '../storage/object-store.ts';

/** The number in a resourceVersion parameter; undefined when it is absent or empty. Throws BadRequest. */
export function parseResourceVersion(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw StatusError.badRequest(`Invalid value: "${text}": resourceVersion must be a number`);
  }
  return Number(text);
}

/** Throws Timeout, as Kubernetes does, for a version that does not exist yet: the client saw another server's. */
export function requireReached(store: ObjectStore, version: number): void {
  if (version <= store.revision) return;
  const error = StatusError.timeout(`Too large resource version: ${version}, current: ${store.revision}`);
  throw new StatusError({
    ...error.status,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

/** Runs a read of the past; a revision that is not kept becomes `Expired` (410), so that clients list again. */
export function orExpired<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'REVISION_COMPACTED')
      throw StatusError.expired(error.message);
    throw error;
  }
}

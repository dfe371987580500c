import { type SlipwayError, toSlipwayError } from '@slipway/core';
import { ConfigProblem } from '../container/config-problem.ts';

/** Why a container does not start: as a waiting state, and whether the whole pod is over because of it. */
export interface Problem {
  readonly reason: string;
  readonly message: string;
  readonly isFatal: boolean;
}

/** A failure to prepare or start a container, in the words that Kubernetes' clients know. */
export function startProblem(error: unknown): Problem {
  const { kind, message, hint } = toSlipwayError(error);
  const full = hint === undefined ? message : `${message} (${hint})`;
  if (kind === 'exhausted') return noRoom(full);
  const reason = error instanceof ConfigProblem ? 'CreateContainerConfigError' : 'CreateContainerError';
  return { reason, message: full, isFatal: false };
}

/** What the kubelet says when it has no disk for a pod; trying again would not help. */
function noRoom(message: string): Problem {
  return {
    reason: 'Evicted',
    message: `no room left on the disk of the state folder: ${message}`,
    isFatal: true,
  };
}

const SEED_HINT = '"slipway seed" makes stand-ins for well-known images where no registry answers';

/** A failure to get an image. */
export function imageProblem(error: unknown): Problem {
  const failure = toSlipwayError(error);
  const { code, kind, message, hint } = failure;
  const full = hint === undefined ? message : `${message} (${hint})`;
  if (kind === 'exhausted') return noRoom(full);
  if (/REFERENCE/.test(code)) return { reason: 'InvalidImageName', message: full, isFatal: false };
  if (code === 'IMAGE_NEVER_PULL') return { reason: 'ErrImageNeverPull', message: full, isFatal: false };
  const canSeed = kind === 'not-found' || kind === 'unavailable' || kind === 'timeout';
  return { reason: 'ErrImagePull', message: canSeed ? `${full}; ${SEED_HINT}` : full, isFatal: false };
}

/** The exit code of a program that could not be started, as shells number it. */
export function cannotRunExitCode(error: SlipwayError): number {
  return /not found|no such file/i.test(error.message) ? 127 : 126;
}

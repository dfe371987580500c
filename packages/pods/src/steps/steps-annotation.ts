import { SlipwayError } from '@slipway/core';
import type { Pod } from '@slipway/kube';

/** The annotation that orders the containers of a pod; see this package's README. */
export const STEPS_ANNOTATION = 'slipway.dev/steps';

/** One step: a container that starts when the one before has ended. */
export interface StepOrder {
  readonly container: string;
  /** Runs instead of the image's command; the container's args are its arguments. */
  readonly script?: string;
  readonly timeoutSeconds?: number;
  readonly onError: 'continue' | 'stopAndFail';
  /** Names of results under `/tekton/steps/<container>/results`. */
  readonly results: readonly string[];
  /** Files in the container that get a copy of what it wrote. */
  readonly stdout?: string;
  readonly stderr?: string;
}

/** A Secret that becomes a credentials file of docker or git. */
export interface CredentialOrder {
  readonly secret: string;
  readonly kind: 'basic-docker' | 'docker-config' | 'docker-cfg' | 'basic-git' | 'ssh-git';
  readonly url?: string;
}

export interface StepsOrder {
  readonly version: 1;
  readonly steps: readonly StepOrder[];
  /** The Task's results. */
  readonly results: { readonly directory: string; readonly names?: readonly string[] };
  /** Folders that are made before the first step. */
  readonly workingDirs: readonly string[];
  readonly sidecars?: readonly { readonly container: string; readonly script: string }[];
  readonly credentials?: readonly CredentialOrder[];
}

/** The order of a pod's steps; undefined for an ordinary pod. Throws STEPS_INVALID, naming what is wrong. */
export function stepsOrder(pod: Pod): StepsOrder | undefined {
  const text = pod.metadata.annotations?.[STEPS_ANNOTATION];
  if (text === undefined) return undefined;
  const order = parse(text);
  if (order.version !== 1) throw invalid(`version ${String(order.version)} is not known; 1 is`);
  if (!Array.isArray(order.steps)) throw invalid('"steps" is not a list');
  const names = new Set(pod.spec.containers.map((container) => container.name));
  for (const [index, step] of order.steps.entries()) {
    if (!names.has(step.container))
      throw invalid(`steps[${index}]: the pod has no container "${step.container}"`);
    names.delete(step.container);
  }
  const {
    steps,
    results,
    workingDirs = [],
    sidecars = [],
    credentials = [],
  } = order as unknown as StepsOrder;
  const filled = steps.map((step) => ({
    ...step,
    onError: step.onError ?? 'stopAndFail',
    results: step.results ?? [],
  }));
  return {
    version: 1,
    steps: filled,
    results: results ?? { directory: '/tekton/results' },
    workingDirs,
    sidecars,
    credentials,
  };
}

function parse(text: string): { version?: unknown; steps?: StepOrder[] } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // said below
  }
  throw invalid('it is not a JSON object');
}

function invalid(why: string): SlipwayError {
  return new SlipwayError('invalid', 'STEPS_INVALID', `annotation ${STEPS_ANNOTATION}: ${why}`);
}

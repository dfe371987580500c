import { SlipwayError } from '@slipway/core';
import { type Pod, STEPS_ANNOTATION, type StepOrder, type StepsAnnotation } from '@slipway/kube';

/** The order of a pod's steps; undefined for an ordinary pod. Throws STEPS_INVALID, naming what is wrong. */
export function stepsOrder(pod: Pod): StepsAnnotation | undefined {
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
  } = order as unknown as StepsAnnotation;
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

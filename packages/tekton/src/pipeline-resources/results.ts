import type { Pod, TaskRunStatus } from '@slipway/kube';
import { names } from '../config.ts';
import { orderedStatuses } from '../status/pod-state.ts';
import { parseTerminationMessage, resultTypes } from '../status/termination-message.ts';
import { RESOURCES_RESULT_ANNOTATION, type ResourceResult, readAnnotation } from '../versions/annotations.ts';

/** One thing to be known of a resource when its step has ended: a result of the step, or a value known before. */
export interface ResultOrder {
  readonly container: string;
  readonly key: string;
  readonly result?: string;
  readonly value?: string;
  readonly resourceName: string;
  readonly resourceRef: { readonly name: string };
}

/** The status with what the resources of a run gave, as its Pod says; the Pod carries the orders as an annotation. */
export function withResourceResults(status: TaskRunStatus, pod: Pod): TaskRunStatus {
  const orders =
    readAnnotation<ResultOrder[]>(pod.metadata.annotations, names.resourceResultsAnnotation) ?? [];
  const results = orders.flatMap((order) => resultOf(order, pod));
  if (results.length === 0) return status;
  const annotations = { ...status.annotations, [RESOURCES_RESULT_ANNOTATION]: JSON.stringify(results) };
  return { ...status, annotations };
}

function resultOf({ container, key, result, value, ...resource }: ResultOrder, pod: Pod): ResourceResult[] {
  const ended = orderedStatuses(pod).find(({ name }) => name === container)?.state?.terminated;
  if (!ended) return [];
  const entries = parseTerminationMessage(ended.message) ?? [];
  const isWanted = (entry: { type: number; key: string }): boolean =>
    entry.type === resultTypes.step && entry.key === result;
  const found = result === undefined ? value : entries.find(isWanted)?.value.trim();
  if (!found) return [];
  // Tekton before v0.8 said a digest by `name` and `digest`: whoever reads these finds them.
  const old = key === 'digest' ? { name: resource.resourceRef.name, digest: found } : {};
  return [{ ...old, key, value: found, ...resource }];
}

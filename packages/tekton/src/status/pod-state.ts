import type { ContainerStatus, Pod } from '@slipway/kube';

export const isStepContainer = (name: string): boolean => name.startsWith('step-');
export const isSidecarContainer = (name: string): boolean => name.startsWith('sidecar-');

/** The statuses of containers in the order of the Pod's spec. */
export function orderedStatuses(pod: Pod): ContainerStatus[] {
  const statuses = pod.status?.containerStatuses ?? [];
  const order = new Map((pod.spec.containers ?? []).map(({ name }, index) => [name, index]));
  return [...statuses].sort((a, b) => (order.get(a.name) ?? Infinity) - (order.get(b.name) ?? Infinity));
}

const isOomKilled = (status: ContainerStatus): boolean => status.state?.terminated?.reason === 'OOMKilled';

/**
 * Whether the steps are over. Sidecars may still run; a step killed for memory is the end even where the Pod is
 * not Failed yet.
 */
export function isComplete(pod: Pod): boolean {
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') return true;
  const steps = stepStatuses(pod);
  if (steps.some(isOomKilled)) return true;
  const expected = pod.spec.containers.filter(({ name }) => isStepContainer(name)).length;
  return phase === 'Running' && steps.length === expected && steps.every(({ state }) => state?.terminated);
}

/** Whether a Pod whose steps are over failed. A sidecar that was stopped because they are over fails nothing. */
export function didFail(pod: Pod): boolean {
  const steps = stepStatuses(pod);
  if (steps.some((status) => endedBadly(status) || isOomKilled(status))) return true;
  if (pod.status?.phase !== 'Failed') return false;
  const wasStopped = pod.status.reason !== undefined; // a deadline, an eviction
  const allEnded = steps.length > 0 && steps.every(({ state }) => state?.terminated);
  return wasStopped || !allEnded || crashedSidecars(pod).length > 0;
}

const stepStatuses = (pod: Pod): ContainerStatus[] =>
  (pod.status?.containerStatuses ?? []).filter(({ name }) => isStepContainer(name));

const endedBadly = ({ state }: ContainerStatus): boolean => (state?.terminated?.exitCode ?? 0) !== 0;

const endOf = ({ state }: ContainerStatus): string | undefined => state?.terminated?.finishedAt;

/**
 * The sidecars that failed by themselves: before the step that failed, or else before the last one ended. Those that
 * ended later were stopped by the pod runner, which shows as an exit code as well.
 */
export function crashedSidecars(pod: Pod): ContainerStatus[] {
  const steps = stepStatuses(pod);
  const failed = steps.find(endedBadly);
  const limit = failed ? endOf(failed) : steps.map(endOf).sort().at(-1);
  return orderedStatuses(pod).filter((status) => {
    if (!isSidecarContainer(status.name) || !endedBadly(status)) return false;
    const end = endOf(status);
    return isOomKilled(status) || end === undefined || limit === undefined || end < limit;
  });
}

const PULL_FAILURES = new Set([
  'ImagePullBackOff',
  'ImageInspectError',
  'ErrImagePull',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'InvalidImageName',
]);

/** The condition of a run whose Pod is not over yet: reason and message. */
export function progressOf(pod: Pod): { reason: string; message: string } {
  if (pod.status?.phase === 'Running') {
    return { reason: 'Running', message: 'Not all Steps in the Task have finished executing' };
  }
  const noRoom = pod.status?.conditions?.some(
    ({ reason, message }) => reason === 'Unschedulable' && message?.includes('Insufficient'),
  );
  if (noRoom) {
    return { reason: 'ExceededNodeResources', message: 'TaskRun Pod exceeded available resources' };
  }
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const isPullFailure = statuses.some(({ state }) => PULL_FAILURES.has(state?.waiting?.reason ?? ''));
  return { reason: isPullFailure ? 'PullImageFailed' : 'Pending', message: waitingMessage(pod) };
}

function waitingMessage(pod: Pod): string {
  const waiting = pod.status?.containerStatuses?.find(({ state }) => state?.waiting?.message);
  if (waiting) {
    return `build step "${waiting.name}" is pending with reason ${JSON.stringify(waiting.state?.waiting?.message)}`;
  }
  const unmet = pod.status?.conditions?.find(({ status }) => status !== 'True');
  if (unmet) return `pod status "${unmet.type}":"${unmet.status}"; message: "${unmet.message ?? ''}"`;
  return pod.status?.message || 'Pending';
}

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
  const steps = (pod.status?.containerStatuses ?? []).filter(({ name }) => isStepContainer(name));
  if (steps.some(isOomKilled)) return true;
  const expected = pod.spec.containers.filter(({ name }) => isStepContainer(name)).length;
  return phase === 'Running' && steps.length === expected && steps.every(({ state }) => state?.terminated);
}

/** Whether a Pod whose steps are over failed. */
export function didFail(pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  return (pod.status?.containerStatuses ?? []).some(
    (status) =>
      isStepContainer(status.name) &&
      status.state?.terminated !== undefined &&
      (status.state.terminated.exitCode !== 0 || isOomKilled(status)),
  );
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

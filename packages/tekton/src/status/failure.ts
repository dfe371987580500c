import type { ContainerStatus, Pod } from '@slipway/kube';
import type { TektonConfig } from '../config.ts';
import { crashedSidecars, isSidecarContainer, isStepContainer, orderedStatuses } from './pod-state.ts';
import { internalValue, parseTerminationMessage } from './termination-message.ts';

interface Failure {
  readonly reason: string;
  readonly message: string;
}

interface Culprit {
  readonly reason: string;
  readonly container: ContainerStatus;
  readonly isInit?: boolean;
}

/** Why a Pod failed, and the container that is to blame, the likeliest root cause first. */
export function failureOf(pod: Pod, config: TektonConfig): Failure {
  if (pod.status?.reason === 'Evicted') {
    return { reason: 'PodEvicted', message: pod.status.message ?? 'the Pod was evicted' };
  }
  const culprit = findCulprit(pod, config);
  const message = culprit && failureMessage(culprit, pod);
  return {
    reason: culprit?.reason ?? 'Failed',
    message: message || pod.status?.message || 'build failed for unspecified reasons.',
  };
}

function findCulprit(pod: Pod, config: TektonConfig): Culprit | undefined {
  const init = pod.status?.initContainerStatuses ?? [];
  const regular = orderedStatuses(pod);
  const find = (
    statuses: readonly ContainerStatus[],
    ofRole: (name: string) => boolean,
    reason: string,
    memory: boolean,
  ): Culprit | undefined => {
    const container = statuses.find(({ name, state }) => {
      const ended = state?.terminated;
      if (!ended || !ofRole(name)) return false;
      return memory ? ended.reason === 'OOMKilled' : ended.exitCode !== 0;
    });
    return container && { reason, container, isInit: statuses === init };
  };
  const isOther = (name: string): boolean => !isSidecarContainer(name);
  return (
    find(init, isOther, 'InitContainerOOM', true) ??
    find(init, isOther, 'InitContainerFailed', false) ??
    find(regular, isSidecarContainer, 'SidecarOOM', true) ??
    find(regular, isStepContainer, 'StepOOM', true) ??
    find(crashedSidecars(pod), isSidecarContainer, 'SidecarFailed', false) ??
    find(regular, isStepContainer, config.stepFailedReason, false)
  );
}

function failureMessage({ container, isInit }: Culprit, pod: Pod): string {
  const ended = container.state?.terminated;
  if (!ended) return '';
  const logs = `for logs run: kubectl -n ${pod.metadata.namespace} logs ${pod.metadata.name} -c ${container.name}`;
  const entries = parseTerminationMessage(ended.message) ?? [];
  const reason = internalValue(entries, 'Reason');
  if (reason === 'TimeoutExceeded') {
    return `"${container.name}" exited because the step exceeded the specified timeout limit; ${logs}`;
  }
  const image = container.imageID || container.image;
  const why = explanation(ended);
  const words = internalValue(entries, 'LastWords');
  const said = words === undefined ? '' : `: ${words}`;
  const message = `"${container.name}" exited with code ${ended.exitCode}${why}${said} (image: "${image}"); ${logs}`;
  return isInit ? `init container failed, ${message}` : message;
}

/** What the runtime says beyond the exit code: OOM, or why the program could not start. */
function explanation(ended: { reason?: string; message?: string }): string {
  if (!ended.reason || ended.reason === 'Error' || ended.reason === 'Completed') return '';
  const isRuntimeMessage = ended.message && parseTerminationMessage(ended.message) === undefined;
  return isRuntimeMessage ? `: ${ended.reason}: ${ended.message}` : `: ${ended.reason}`;
}

/**
 * A container that waits for something that will not come: its image, or its configuration. `sinceMs` is how long
 * the Pod has tried.
 */
export function hopelessWait(
  pod: Pod,
  taskRunName: string,
  config: TektonConfig,
  now: Date,
): Failure | undefined {
  for (const status of orderedStatuses(pod)) {
    const { waiting } = status.state ?? {};
    if (!waiting) continue;
    const role = isStepContainer(status.name) ? 'step' : 'sidecar';
    const subject = `the ${role} "${status.name.replace(/^(step|sidecar)-/, '')}" in TaskRun "${taskRunName}"`;
    const said = `The pod errored with the message: "${waiting.message ?? ''}."`;
    const pull = `${subject} failed to pull the image "${status.image}". ${said}`;
    switch (waiting.reason) {
      case 'ImagePullBackOff':
        if (triedMs(pod, now) < config.imagePullBackOffTimeoutMs) break;
        return { reason: 'TaskRunImagePullFailed', message: pull };
      case 'InvalidImageName':
      case 'ErrImageNeverPull':
        return { reason: 'TaskRunImagePullFailed', message: pull };
      case 'CreateContainerConfigError':
        return { reason: 'CreateContainerConfigError', message: `${subject} failed to start. ${said}` };
      case 'CreateContainerError':
        return { reason: 'PodCreationFailed', message: `${subject} failed to start. ${said}` };
    }
  }
  return undefined;
}

function triedMs(pod: Pod, now: Date): number {
  const ready = pod.status?.conditions?.find(
    ({ type }) => type === 'Initialized' || type === 'PodReadyToStartContainers',
  );
  const since = ready?.lastTransitionTime ?? pod.status?.startTime;
  return since ? now.getTime() - Date.parse(since) : 0;
}

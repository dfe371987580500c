// Pods as the runner leaves them, and the Task that they run, for the tests of statuses.
import type { ContainerState, ContainerStatus, Pod, PodStatus, TaskRun, TaskSpec } from '@slipway/kube';

/** The moment at which statuses are made. */
export const now: Date = new Date('2026-01-02T03:04:05.678Z');
/** A TaskRun that has begun. */
export const run: TaskRun = {
  apiVersion: 'tekton.dev/v1',
  kind: 'TaskRun',
  metadata: { name: 'run', namespace: 'ns' },
  spec: {},
  status: { startTime: '2026-01-02T03:00:00Z' },
};

/** A container in this state. */
export const container = (name: string, state: ContainerState): ContainerStatus => ({
  name,
  state,
  ready: false,
  restartCount: 0,
  image: 'busybox',
  imageID: 'busybox@sha256:1',
});

/** The state of a container that ended. */
export const ended = (exitCode: number, reason: string, message?: string): ContainerState => ({
  terminated: { exitCode, reason, ...(message === undefined ? {} : { message }) },
});

/** The state of a container that ended at this time. */
export const endedAt = (finishedAt: string, exitCode: number): ContainerState => ({
  terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', finishedAt },
});

/** A termination message with these entries. */
export const message = (entries: [key: string, value: string, type: number][]): string =>
  JSON.stringify(entries.map(([key, value, type]) => ({ key, value, type })));

/** The Pod of `run` with this status; by default its containers are those of the status. */
export function podWith(
  status: PodStatus,
  containers: readonly string[] = (status.containerStatuses ?? []).map(({ name }) => name),
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'run-pod', namespace: 'ns' },
    spec: { containers: containers.map((name) => ({ name, image: 'busybox' })) },
    status,
  };
}

/** A Task with results of each type. */
export const spec: TaskSpec = {
  steps: [{ name: 'a', image: 'busybox', results: [{ name: 'r', type: 'string' }] }],
  results: [
    { name: 's', type: 'string' },
    { name: 'list', type: 'array' },
    { name: 'obj', type: 'object', properties: { a: {}, b: {} } },
    { name: 'from-step', type: 'string', value: '$(steps.a.results.r)' },
  ],
};

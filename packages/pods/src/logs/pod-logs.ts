import type { Pod, PodLogOptions } from '@slipway/kube';
import { Sandbox } from '../sandbox/sandbox.ts';
import { readLog } from './read-log.ts';

/** Knows when a container's log is complete. */
export interface EndOfLog {
  ended(container: string): Promise<void>;
}

/** The logs of the pods of this machine. */
export class PodLogs {
  readonly #stateDir: string;
  readonly #workerOf: (uid: string) => EndOfLog | undefined;

  constructor(stateDir: string, workerOf: (uid: string) => EndOfLog | undefined) {
    this.#stateDir = stateDir;
    this.#workerOf = workerOf;
  }

  /** Opens a container's log; with `follow` it ends when the container has, and waits for one that has not started. */
  async open(pod: Pod, request: PodLogOptions): Promise<AsyncIterable<Uint8Array>> {
    const { container, follow, previous, sinceSeconds, ...rest } = request;
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const status = statuses.find(({ name }) => name === container);
    const restarts = status?.restartCount ?? 0;
    const path = new Sandbox(this.#stateDir, pod).log(container, previous ? restarts - 1 : restarts);
    const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    const worker = isOver || previous ? undefined : this.#workerOf(pod.metadata.uid ?? '');
    const ended = follow ? worker?.ended(container) : undefined;
    const since = sinceSeconds === undefined ? undefined : new Date(Date.now() - sinceSeconds * 1000);
    return readLog(path, { ...rest, ended, since });
  }
}

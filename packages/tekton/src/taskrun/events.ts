import type { Clock, Logger } from '@slipway/core';
import {
  type Event,
  formatTime,
  type KubeClient,
  type KubeObject,
  type PipelineRun,
  resources,
  type TaskRun,
} from '@slipway/kube';
import { succeededOf } from '../conditions.ts';

type Run = TaskRun | PipelineRun;

/** Tells what happens to runs as Kubernetes Events; a run never fails for an event that cannot be written. */
export class EventRecorder {
  readonly #component: string;
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pending = new Set<Promise<void>>();

  /** `component` is the controller that tells. */
  constructor(client: KubeClient, clock: Clock, logger: Logger, component: string = 'taskrun-controller') {
    this.#component = component;
    this.#client = client;
    this.#clock = clock;
    this.#logger = logger;
  }

  record(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const writing = this.#write(object, type, reason, message).catch((error: unknown) => {
      this.#logger.debug('event not written', { name: object.metadata.name, reason, error: String(error) });
    });
    this.#pending.add(writing);
    void writing.then(() => this.#pending.delete(writing));
  }

  /** Tells what became of a run between two of its states. */
  recordChange(before: Run, after: Run): void {
    const condition = succeededOf(after);
    const old = succeededOf(before);
    if (!condition) return;
    if (!old) this.record(after, 'Normal', 'Started', '');
    if (old?.status === condition.status && old.reason === condition.reason) return;
    const { reason = '', message = '' } = condition;
    if (condition.status === 'True') this.record(after, 'Normal', 'Succeeded', message);
    else if (condition.status === 'False') this.record(after, 'Warning', 'Failed', message);
    else if (reason !== 'Started') this.record(after, 'Normal', reason, message);
  }

  /** Resolves when every event is written or given up. */
  async flush(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #write(
    object: KubeObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): Promise<void> {
    const { apiVersion, kind, metadata } = object;
    const { name, namespace = 'default', uid = '', resourceVersion = '' } = metadata;
    const now = this.#clock.now();
    const unique = (BigInt(now.getTime()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n)).toString(16);
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${unique}`, namespace },
      involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
      type,
      reason,
      message,
      source: { component: this.#component },
      reportingComponent: this.#component,
      firstTimestamp: formatTime(now),
      lastTimestamp: formatTime(now),
      count: 1,
    };
    await this.#client.create(resources.events, event);
  }
}

import type { Clock, Logger } from '@slipway/core';
import { type Event, formatTime, type KubeClient, type KubeObject, resources } from '@slipway/kube';

/** Tells what happens to runs as Kubernetes Events; a run never fails for an event that cannot be written. */
export class EventRecorder {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pending = new Set<Promise<void>>();

  constructor(client: KubeClient, clock: Clock, logger: Logger) {
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
      source: { component: 'taskrun-controller' },
      reportingComponent: 'taskrun-controller',
      firstTimestamp: formatTime(now),
      lastTimestamp: formatTime(now),
      count: 1,
    };
    await this.#client.create(resources.events, event);
  }
}

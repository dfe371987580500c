import type { Clock, Logger } from '@slipway/core';
import { type Event, formatTime, type KubeClient, type Pod, resources } from '@slipway/kube';

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly nodeName: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Events wait this long, so that what they tell about is not held up by them. */
const DELAY_MS = 25;

/** Writes core/v1 Events about pods, in order and out of the way of the work; one that cannot be written is dropped and logged. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #waiting: Event[] = [];
  #writing: Promise<void> | undefined;
  #last = 0n;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  normal(pod: Pod, reason: string, message: string, container?: string): void {
    this.#record(pod, 'Normal', reason, message, container);
  }

  warning(pod: Pod, reason: string, message: string, container?: string): void {
    this.#record(pod, 'Warning', reason, message, container);
  }

  /** Resolves when all events are written. */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  #record(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void {
    const { nodeName, clock } = this.#options;
    const { name, namespace = 'default', uid, resourceVersion } = pod.metadata;
    const time = formatTime(clock.now());
    this.#waiting.push({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${this.#uniqueTime()}`, namespace },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        name,
        namespace,
        ...(uid ? { uid } : {}),
        ...(resourceVersion ? { resourceVersion } : {}),
        ...(container ? { fieldPath: `spec.containers{${container}}` } : {}),
      },
      reason,
      message: message.slice(0, 1024),
      type,
      source: { component: 'kubelet', host: nodeName },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
      reportingComponent: 'kubelet',
      reportingInstance: nodeName,
    });
    this.#writing ??= this.#write();
  }

  /** Nanoseconds in hexadecimal, as the kubelet names events: those of one second are listed in their order. */
  #uniqueTime(): string {
    const now = BigInt(this.#options.clock.now().getTime()) * 1_000_000n;
    this.#last = now > this.#last ? now : this.#last + 1n;
    return this.#last.toString(16);
  }

  async #write(): Promise<void> {
    const { client, logger, clock } = this.#options;
    await clock.sleep(DELAY_MS);
    for (let event = this.#waiting.shift(); event; event = this.#waiting.shift()) {
      await client.create(resources.events, event).catch((error: unknown) => {
        // A namespace that is being deleted takes no events.
        logger.debug('an event was not written', { error: String(error) });
      });
    }
    this.#writing = undefined;
  }
}

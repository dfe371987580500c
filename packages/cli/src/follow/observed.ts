import { SlipwayError } from '@slipway/core';
import { type KubeClient, type KubeObject, type ResourceType, StatusError } from '@slipway/kube';

/**
 * One object as it changes: a GET, then a watch from its resourceVersion, again whenever the watch ends.
 * Stops with its signal.
 */
export class Observed<T extends KubeObject> {
  #latest: T | undefined;
  #failure: unknown;
  #wake: (() => void)[] = [];
  readonly #signal: AbortSignal;

  constructor(client: KubeClient, type: ResourceType, namespace: string, name: string, signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#notify(), { once: true });
    this.#follow(client, type, namespace, name).catch((error) => {
      this.#failure = error;
      this.#notify();
    });
  }

  get latest(): T | undefined {
    return this.#latest;
  }

  /** The first state that fits; throws when the object is deleted or the signal aborts. */
  async until(fits: (object: T) => boolean): Promise<T> {
    for (;;) {
      this.#signal.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#latest !== undefined && fits(this.#latest)) return this.#latest;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async #follow(client: KubeClient, type: ResourceType, namespace: string, name: string): Promise<void> {
    while (!this.#signal.aborted) {
      const object = await client.get<T>(type, name, namespace);
      this.#set(object);
      try {
        await this.#watch(client, type, object);
      } catch (error) {
        const gone = error instanceof StatusError && error.status.code === 410;
        const retryable = gone || (error instanceof SlipwayError && error.kind === 'unavailable');
        if (!retryable && !this.#signal.aborted) throw error; // 410 or a broken connection: start again from a GET
      }
    }
  }

  async #watch(client: KubeClient, type: ResourceType, object: T): Promise<void> {
    const { namespace, name, resourceVersion } = object.metadata;
    const events = client.watch<T>(type, {
      ...(namespace !== undefined && { namespace }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      fieldSelector: `metadata.name=${name}`,
      signal: this.#signal,
    });
    for await (const event of events) {
      if (event.type === 'DELETED') {
        throw new SlipwayError(
          'gone',
          'OBJECT_DELETED',
          `${type.kind} ${namespace}/${name} was deleted meanwhile`,
        );
      }
      if (event.type !== 'BOOKMARK') this.#set(event.object);
    }
  }

  #set(object: T): void {
    this.#latest = object;
    this.#notify();
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

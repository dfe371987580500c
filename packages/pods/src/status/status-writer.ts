import type { Logger } from '@slipway/core';
import { isStatus, type KubeClient, type Pod, type PodStatus, resources } from '@slipway/kube';

const RETRY_MS = 500;

/** Writes a pod's status when it changed; changes that come during a write are written together after it. */
export class StatusWriter {
  readonly #client: KubeClient;
  readonly #pod: Pod;
  readonly #logger: Logger;
  #wanted: PodStatus | undefined;
  #written = '';
  #writing: Promise<void> | undefined;

  constructor(client: KubeClient, pod: Pod, logger: Logger) {
    this.#client = client;
    this.#pod = pod;
    this.#logger = logger;
  }

  set(status: PodStatus): void {
    this.#wanted = status;
    this.#writing ??= this.#write();
  }

  /** Resolves when the last status is written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    // What is set in the same turn of the event loop is one write.
    await Promise.resolve();
    for (let tries = 0; this.#wanted && tries < 5; ) {
      const status = this.#wanted;
      this.#wanted = undefined;
      const text = JSON.stringify(status);
      if (text === this.#written) continue;
      try {
        await this.#patch(status);
        this.#written = text;
      } catch (error) {
        this.#logger.warn('the status was not written', { error: String(error) });
        this.#wanted ??= status;
        tries += 1;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.#writing = undefined;
  }

  async #patch(status: PodStatus): Promise<void> {
    const { name, namespace, uid } = this.#pod.metadata;
    // The uid makes sure that a later pod of the same name does not get this one's status.
    const body = { metadata: { uid }, status };
    const options = { namespace, subresource: 'status' };
    await this.#client
      .patch(resources.pods, name, { type: 'merge', body }, options)
      .catch((error: unknown) => {
        if (!isStatus(error, 'NotFound', 'Conflict', 'Invalid')) throw error;
      });
  }
}

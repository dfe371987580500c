import { memoryInUse } from '@slipway/containers';
import type { Logger } from '@slipway/core';
import { type KubeClient, type Pod, resources } from '@slipway/kube';

/** Annotation of a Pod: the most memory in bytes that its containers held at once, of their own and in tmpfs, as far as it was seen. */
export const PEAK_MEMORY_ANNOTATION = 'slipway.dev/peak-memory-bytes';

const EVERY_MS = 50;

/**
 * Looks at a pod's memory while its containers run. The kernel keeps a peak as well, but counts the page cache in it, and so
 * calls whatever reads many files large; what cannot be given back without killing someone has to be sampled.
 */
export class PeakMemory {
  readonly #client: KubeClient;
  readonly #logger: Logger;
  readonly #pod: Pod;
  #peak: number;
  #written: number;
  #running = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(pod: Pod, { client, logger }: { client: KubeClient; logger: Logger }) {
    this.#client = client;
    this.#logger = logger;
    this.#pod = pod;
    this.#written = Number(pod.metadata.annotations?.[PEAK_MEMORY_ANNOTATION] ?? 0);
    this.#peak = this.#written;
  }

  /** Looks again and again until what it returns is disposed of. */
  watch(): Disposable {
    this.#running += 1;
    this.#timer ??= setInterval(() => void this.#look(), EVERY_MS).unref();
    return { [Symbol.dispose]: () => this.#stop() };
  }

  /** Writes the annotation where the peak has grown. That it cannot be written is no reason to fail a pod. */
  async record(): Promise<void> {
    if (this.#peak <= this.#written) return;
    this.#written = this.#peak;
    const { name, namespace, uid } = this.#pod.metadata;
    const body = { metadata: { uid, annotations: { [PEAK_MEMORY_ANNOTATION]: String(this.#peak) } } };
    await this.#client
      .patch(resources.pods, name, { type: 'merge', body }, { namespace })
      .catch((error: unknown) => {
        this.#logger.warn('the peak of memory was not recorded', { pod: name, error: String(error) });
      });
  }

  #stop(): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const bytes = await memoryInUse(`/slipway/${this.#pod.metadata.uid}`);
    if (bytes !== undefined && bytes > this.#peak) this.#peak = bytes;
  }
}

import type { Pod, PodLogOptions } from '@slipway/kube';

/** Where the logs of pods come from; the pod runner has them. */
export interface PodLogSource {
  open(pod: Pod, options: PodLogOptions): Promise<AsyncIterable<Uint8Array>>;
}

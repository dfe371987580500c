import type { Pod } from '@slipway/kube';

/** Which part of a container's log is wanted. */
export interface PodLogOptions {
  readonly container: string;
  readonly follow: boolean;
  /** The log of the run before the last restart. */
  readonly previous?: boolean;
  readonly tailLines?: number;
  readonly timestamps?: boolean;
  readonly sinceSeconds?: number;
  readonly limitBytes?: number;
  readonly signal: AbortSignal;
}

/** Where the logs of pods come from; the pod runner has them. */
export interface PodLogSource {
  open(pod: Pod, options: PodLogOptions): Promise<AsyncIterable<Uint8Array>>;
}

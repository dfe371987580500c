/** Why a pod must stop, and how: the reason of the worker's abort signal. */
export class StopOrder extends Error {
  /** `deleted`: the object waits for us or is gone. `deadline`, `shutdown`: it stays, failed. `detach`: containers go on. */
  readonly kind: 'deleted' | 'deadline' | 'shutdown' | 'detach';
  readonly graceSeconds: number;

  constructor(kind: StopOrder['kind'], graceSeconds: number) {
    super(`stop: ${kind}`);
    this.kind = kind;
    this.graceSeconds = graceSeconds;
  }
}

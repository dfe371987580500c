/** Twice what a socket takes at once; larger ones cost memory for each client and gained nothing. */
export const POOLED_BYTES: number = 512 * 1024;
/** Buffers that are kept for the next transfer; each takes two. */
const KEPT = 16;
const free: Buffer[] = [];

/** Two buffers of `POOLED_BYTES` for one transfer: one is filled while the other is on its way. */
export function takeBuffers(): readonly [Buffer, Buffer] {
  return [take(), take()];
}

/** Gives the buffers back; only when nothing reads or writes them any more. */
export function giveBuffers(buffers: readonly Buffer[]): void {
  free.push(...buffers.slice(0, Math.max(0, KEPT - free.length)));
}

function take(): Buffer {
  // Outside of node's own pool, and not zeroed: only what was written is read.
  return free.pop() ?? Buffer.allocUnsafeSlow(POOLED_BYTES);
}

/** For one transfer; more than a megabyte at a time gained nothing. */
const LARGE = 1024 * 1024;
/** What a socket takes at once: enough to go on with when all large buffers are lent. */
const SMALL = 128 * 1024;
/** Large buffers that may be lent at a time and are kept for the next transfer: 16 MiB, however many clients there are. */
const MOST = 16;
const free: Buffer[] = [];
let lent = 0;

/** Memory for a transfer, 1 MiB or, while many others are under way, 128 KiB. Its content is undefined. */
export function takeBuffer(): Buffer {
  if (lent >= MOST) return Buffer.allocUnsafeSlow(SMALL);
  lent += 1;
  // Outside of node's own pool, and not zeroed: only what was written is read.
  return free.pop() ?? Buffer.allocUnsafeSlow(LARGE);
}

/** Gives a buffer back; `inUse` when something may still read it, so that nobody else gets it. */
export function giveBuffer(buffer: Buffer, inUse = false): void {
  if (buffer.length !== LARGE) return;
  lent -= 1;
  if (!inUse) free.push(buffer);
}

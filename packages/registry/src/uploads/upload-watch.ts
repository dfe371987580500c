import type { Clock } from '@slipway/core';
import type { RegistryLimits } from '../limits.ts';
import { overQuota } from '../quota.ts';
import { RegistryError } from '../registry-error.ts';

/**
 * Watches over one upload's body: refuses it with 408 when it comes slower than the limit (a client that trickles would hold
 * the upload open for ever) and with DENIED when it has more than `room` bytes.
 */
export class UploadWatch {
  readonly #limits: RegistryLimits;
  readonly #clock: Clock;
  readonly #room: number;
  readonly #started: number;
  #bytes = 0;

  constructor(o: { limits: RegistryLimits; clock: Clock; room: number }) {
    this.#limits = o.limits;
    this.#clock = o.clock;
    this.#room = o.room;
    this.#started = o.clock.now().getTime();
  }

  /** Counts the next bytes, or throws. */
  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#room) throw overQuota(this.#bytes, this.#room);
    const elapsed = this.#clock.now().getTime() - this.#started;
    const { uploadGraceMs, uploadBytesPerSecond } = this.#limits;
    if (elapsed <= uploadGraceMs || (this.#bytes / elapsed) * 1000 >= uploadBytesPerSecond) return;
    throw new RegistryError('BLOB_UPLOAD_INVALID', 'the upload is too slow', {
      status: 408,
      hint: `send at least ${uploadBytesPerSecond} bytes a second`,
    });
  }
}

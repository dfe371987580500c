import type { Ingest } from '@slipway/oci';
import { giveBuffers, takeBuffers } from '../http/buffer-pool.ts';

/**
 * Appends a body. Its chunks, 64 KiB and less, are gathered in one buffer while another is written: network and disk work at
 * the same time, and the thread pool is asked eight times less often. What came before a failure is appended too, so that a
 * client may go on from there.
 */
export async function writeBody(ingest: Ingest, body: AsyncIterable<Buffer>): Promise<void> {
  const buffers = takeBuffers();
  const writer = new AlternatingWriter(ingest, buffers);
  try {
    for await (const chunk of body) await writer.add(chunk);
  } finally {
    await writer.flush();
    giveBuffers(buffers);
  }
}

class AlternatingWriter {
  readonly #ingest: Ingest;
  readonly #buffers: readonly [Buffer, Buffer];
  #turn: 0 | 1 = 0;
  #filled = 0;
  #written: Promise<void> = Promise.resolve();

  constructor(ingest: Ingest, buffers: readonly [Buffer, Buffer]) {
    this.#ingest = ingest;
    this.#buffers = buffers;
  }

  async add(chunk: Buffer): Promise<void> {
    for (let taken = 0; taken < chunk.length; ) {
      const buffer = this.#buffers[this.#turn];
      const count = chunk.copy(buffer, this.#filled, taken);
      taken += count;
      this.#filled += count;
      if (this.#filled === buffer.length) await this.#swap();
    }
  }

  async flush(): Promise<void> {
    if (this.#filled > 0) await this.#swap();
    await this.#written;
  }

  async #swap(): Promise<void> {
    await this.#written;
    this.#written = this.#ingest.write(this.#buffers[this.#turn].subarray(0, this.#filled));
    // Its failure is seen when it is awaited; until then it must not count as unhandled.
    this.#written.catch(() => {});
    this.#turn = this.#turn === 0 ? 1 : 0;
    this.#filled = 0;
  }
}

import type { IncomingMessage } from 'node:http';
import type { Ingest } from '@slipway/oci';
import { giveBuffer, takeBuffer } from '../http/buffer-pool.ts';
import { eachChunk } from '../http/read-body.ts';
import type { UploadWatch } from './upload-watch.ts';

/**
 * Appends a body. Its chunks, 64 KiB and less, are gathered in one half of a buffer while the other is written: network and
 * disk work at the same time, and the thread pool is asked eight times less often. What came before a failure is appended too,
 * so that a client may go on from there.
 */
export async function writeBody(ingest: Ingest, request: IncomingMessage, watch: UploadWatch): Promise<void> {
  const memory = takeBuffer();
  const writer = new AlternatingWriter(ingest, memory);
  try {
    await eachChunk(request, (chunk) => {
      watch.count(chunk.length);
      return writer.add(chunk);
    });
  } finally {
    await writer.flush().finally(() => giveBuffer(memory));
  }
}

class AlternatingWriter {
  readonly #ingest: Ingest;
  readonly #buffers: readonly [Buffer, Buffer];
  #turn: 0 | 1 = 0;
  #filled = 0;
  /** The write of the other buffer while it goes on, and for good when it failed. */
  #writing: Promise<void> | undefined;

  constructor(ingest: Ingest, memory: Buffer) {
    this.#ingest = ingest;
    const half = memory.length / 2;
    this.#buffers = [memory.subarray(0, half), memory.subarray(half)];
  }

  /** Takes a chunk over; a promise when the next has to wait until this one has found room. */
  add(chunk: Buffer, from = 0): Promise<void> | undefined {
    const buffer = this.#buffers[this.#turn];
    const taken = chunk.copy(buffer, this.#filled, from);
    this.#filled += taken;
    if (this.#filled < buffer.length) return release(chunk);
    if (this.#writing !== undefined) return this.#writing.then(() => this.#next(chunk, from + taken));
    return this.#next(chunk, from + taken);
  }

  async flush(): Promise<void> {
    // Again, because a chunk that waited for the one write begins another.
    while (this.#writing !== undefined) await this.#writing;
    if (this.#filled > 0) this.#swap();
    await this.#writing;
  }

  #next(chunk: Buffer, from: number): Promise<void> | undefined {
    this.#swap();
    return this.add(chunk, from);
  }

  #swap(): void {
    const written = this.#ingest.write(this.#buffers[this.#turn].subarray(0, this.#filled));
    this.#turn = this.#turn === 0 ? 1 : 0;
    this.#filled = 0;
    this.#writing = written;
    written.then(
      () => {
        this.#writing = undefined;
      },
      // Seen by whoever awaits it; until then it must not count as unhandled.
      () => {},
    );
  }
}

/**
 * Frees a chunk's memory now. Node makes one of 64 KiB for every read, and what waits for the garbage collector took half as
 * much memory again and nearly half of the processor's time of a push.
 */
function release({ buffer, byteLength }: Buffer): undefined {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

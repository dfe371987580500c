import { constants, createGunzip } from 'node:zlib';

const EMPTY = Buffer.alloc(0);

/** What is below Node's zlib streams: it leaves the room that is left in the output and the bytes left of the input in `state`. */
interface Binding {
  readonly handle: {
    writeSync(
      ...call: [
        flush: number,
        input: Buffer,
        at: number,
        size: number,
        out: Buffer,
        outAt: number,
        room: number,
      ]
    ): void;
  };
  readonly state: Uint32Array;
}

/**
 * Decompresses gzip in this thread, where it has nothing else to do: Node's stream makes a trip to the thread pool for each
 * piece, which costs as much as a seventh of the work, and new memory. Node gives its synchronous zlib only for data that are
 * there as a whole; what is below takes pieces, and has since Node 0.11.
 */
export class SyncGunzip implements Disposable {
  /** Its own output is not used. */
  readonly #stream = createGunzip({ chunkSize: constants.Z_MIN_CHUNK });
  readonly #binding: Binding;
  readonly #room: () => Buffer;
  #ended = false;

  /** `room` gives the memory for each piece. Undefined where this Node has it in another way: then there is the stream. */
  static create(room: () => Buffer): SyncGunzip | undefined {
    const gunzip = new SyncGunzip(room);
    if (isBinding(gunzip.#binding)) return gunzip;
    gunzip[Symbol.dispose]();
    return undefined;
  }

  private constructor(room: () => Buffer) {
    this.#room = room;
    this.#stream.on('error', () => {}); // Thrown where it happens.
    const { _handle: handle, _writeState: state } = this.#stream as unknown as Record<string, unknown>;
    this.#binding = { handle, state } as Binding;
  }

  /** What comes out of these bytes, in the memory that there is room in. Throws zlib's errors. */
  *feed(input: Buffer): Generator<Buffer, void> {
    yield* this.#run(input, constants.Z_NO_FLUSH);
  }

  /** What is left at the end of the input. Throws zlib's error for data that end too early. */
  *finish(): Generator<Buffer, void> {
    yield* this.#run(EMPTY, constants.Z_FINISH);
  }

  *#run(input: Buffer, flush: number): Generator<Buffer, void> {
    const { handle, state } = this.#binding;
    for (let at = 0; !this.#ended; ) {
      const out = this.#room();
      handle.writeSync(flush, input, at, input.length - at, out, 0, out.length);
      if (this.#stream.errored) throw this.#stream.errored;
      const [room = 0, left = 0] = state;
      at = input.length - left;
      if (room < out.length) yield out.subarray(0, out.length - room);
      if (room === 0) continue; // There may be more to come of what it has.
      // It takes no more: what follows a gzip file that is not one is not part of it.
      this.#ended = left > 0;
      return;
    }
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }
}

function isBinding({ handle, state }: Partial<Binding>): boolean {
  return typeof handle?.writeSync === 'function' && state instanceof Uint32Array && state.length === 2;
}

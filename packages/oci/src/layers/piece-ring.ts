/** Bytes of a piece at most: it fits the processor's cache, where the next who reads it finds it. */
const PIECE = 128 * 1024;
/** Pieces between the two threads: the reader has other things to do, too. */
const PIECES = 16;
/** Places in the control block; the lengths of the pieces follow. */
const at = { put: 0, released: 1, isFull: 2, news: 3, lengths: 4 } as const;
const CONTROL = 4 * (at.lengths + PIECES);
/** A thread that waits is woken when this much is ready for it: waking costs as much as a piece's work. */
const READY = PIECES / 4;
const FREE = PIECES / 2;

/**
 * Pieces of bytes that go from one thread to another through the same memory: no copies, no messages, nothing to collect.
 * One side writes, the other reads; each makes its own ring of the memory.
 */
export class PieceRing {
  readonly memory: SharedArrayBuffer;
  readonly #control: Int32Array<SharedArrayBuffer>;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(CONTROL + PIECES * PIECE)) {
    this.memory = memory;
    this.#control = new Int32Array(memory, 0, CONTROL / 4);
  }

  /** For the writer: where the next piece goes. Blocks the thread until the reader has given one back. */
  room(): Buffer {
    const control = this.#control;
    if (this.#ready() === PIECES) {
      Atomics.store(control, at.isFull, 1);
      while (this.#ready() > FREE) Atomics.wait(control, at.isFull, 1);
      Atomics.store(control, at.isFull, 0);
    }
    return this.#piece(Atomics.load(control, at.put), PIECE);
  }

  /** For the writer: hands bytes on, which are in the memory that `room` gave already, or are copied. */
  put(bytes: Uint8Array): void {
    if (bytes.buffer === this.memory) this.#hand(bytes.length);
    else {
      for (let done = 0; done < bytes.length; done += PIECE) {
        const part = bytes.subarray(done, done + PIECE);
        this.room().set(part);
        this.#hand(part.length);
      }
    }
  }

  /** For the reader: the next piece, good until it is released; undefined where there is none now. */
  take(): Buffer | undefined {
    if (this.#ready() === 0) return undefined;
    const next = Atomics.load(this.#control, at.released);
    return this.#piece(next, this.#control[at.lengths + (next % PIECES)]!);
  }

  /** For the reader: the piece that was taken may be written again. */
  release(): void {
    const control = this.#control;
    Atomics.add(control, at.released, 1);
    if (Atomics.load(control, at.isFull) === 0 || this.#ready() > FREE) return;
    Atomics.store(control, at.isFull, 0);
    Atomics.notify(control, at.isFull);
  }

  /** For the reader: resolves when there are some pieces, or somebody has called `wake`; may do so early. */
  async changed(): Promise<void> {
    const news = Atomics.load(this.#control, at.news);
    if (this.#ready() >= READY) return;
    await Atomics.waitAsync(this.#control, at.news, news).value;
  }

  /** Ends the waiting of the reader. */
  wake(): void {
    Atomics.add(this.#control, at.news, 1);
    Atomics.notify(this.#control, at.news);
  }

  #hand(bytes: number): void {
    const control = this.#control;
    control[at.lengths + (Atomics.load(control, at.put) % PIECES)] = bytes;
    Atomics.add(control, at.put, 1);
    if (this.#ready() === READY) this.wake();
  }

  #ready(): number {
    return Atomics.load(this.#control, at.put) - Atomics.load(this.#control, at.released);
  }

  #piece(number: number, bytes: number): Buffer {
    return Buffer.from(this.memory, CONTROL + (number % PIECES) * PIECE, bytes);
  }
}

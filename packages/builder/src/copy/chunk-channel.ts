/** What is handed to the reader at once: the stages behind (hashing, compression) pay for each chunk. */
const CHUNK = 256 * 1024;

/** Turns a function that writes pieces into an iterable of large chunks; the writer waits for the reader. */
export class ChunkChannel {
  #open: Buffer = Buffer.allocUnsafeSlow(CHUNK);
  #used = 0;
  /** Full, and not taken yet. */
  #full: Buffer | undefined;
  #finished = false;
  #failure: { readonly error: unknown } | undefined;
  #closed = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  private constructor() {}

  /** Runs `produce` when the first chunk is asked for; its failure is thrown to the reader. */
  static async *from(
    produce: (write: (piece: Uint8Array) => Promise<void>) => Promise<void>,
  ): AsyncGenerator<Uint8Array> {
    const channel = new ChunkChannel();
    const produced = channel.#run(produce);
    try {
      for (let chunk = await channel.#next(); chunk !== undefined; chunk = await channel.#next()) {
        yield chunk;
      }
      if (channel.#failure) throw channel.#failure.error;
    } finally {
      channel.#closed = true;
      channel.#wakeWriter?.();
      await produced;
    }
  }

  async #run(produce: (write: (piece: Uint8Array) => Promise<void>) => Promise<void>): Promise<void> {
    try {
      await produce((piece) => this.#write(piece));
      if (this.#used > 0) await this.#hand(this.#open.subarray(0, this.#used));
    } catch (error) {
      this.#failure = { error };
    }
    this.#finished = true;
    this.#wakeReader?.();
  }

  async #write(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + CHUNK - this.#used);
      this.#open.set(part, this.#used);
      at += part.length;
      this.#used += part.length;
      if (this.#used < CHUNK) continue;
      await this.#hand(this.#open);
      this.#open = Buffer.allocUnsafeSlow(CHUNK);
      this.#used = 0;
    }
  }

  async #hand(chunk: Buffer): Promise<void> {
    while (this.#full !== undefined && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
    if (this.#closed) throw new Error('nobody reads the rest');
    this.#full = chunk;
    this.#wakeReader?.();
  }

  async #next(): Promise<Buffer | undefined> {
    while (this.#full === undefined && !this.#finished) {
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    const chunk = this.#full;
    this.#full = undefined;
    this.#wakeWriter?.();
    return chunk;
  }
}

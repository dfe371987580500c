const CHUNK = 128 * 1024;

/** Collects small pieces into chunks of 128 KiB, so that the stages behind are not called for each header. */
export class ChunkPacker {
  #chunk: Buffer = Buffer.allocUnsafeSlow(CHUNK);
  #used = 0;

  /** Appends a copy; yields the chunks that became full. */
  *add(bytes: Uint8Array): Generator<Uint8Array, void> {
    for (let at = 0; at < bytes.length; ) {
      const space = this.space();
      const piece = bytes.subarray(at, at + space.length);
      space.set(piece);
      at += piece.length;
      yield* this.advance(piece.length);
    }
  }

  *zeros(count: number): Generator<Uint8Array, void> {
    for (let left = count; left > 0; ) {
      const piece = this.space().subarray(0, left);
      piece.fill(0);
      left -= piece.length;
      yield* this.advance(piece.length);
    }
  }

  /** Free space, never empty, to be written by the caller, who then calls `advance`. */
  space(): Buffer {
    return this.#chunk.subarray(this.#used);
  }

  *advance(count: number): Generator<Uint8Array, void> {
    this.#used += count;
    if (this.#used < CHUNK) return;
    yield this.#chunk;
    this.#chunk = Buffer.allocUnsafeSlow(CHUNK);
    this.#used = 0;
  }

  /** The last chunk. */
  *flush(): Generator<Uint8Array, void> {
    if (this.#used > 0) yield this.#chunk.subarray(0, this.#used);
    this.#used = 0;
  }
}

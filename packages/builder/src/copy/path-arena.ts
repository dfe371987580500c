import type { BytePath } from './byte-path.ts';

const CHUNK = 64 * 1024;

/** Paths one after another in a few large buffers, each known by the number that `add` returned. */
export class PathArena {
  readonly #chunks: Buffer[] = [];
  #used = CHUNK;

  add(path: BytePath): number {
    const { length } = path;
    if (this.#used + length > CHUNK) {
      this.#chunks.push(Buffer.allocUnsafeSlow(Math.max(CHUNK, length)));
      this.#used = 0;
    }
    const start = (this.#chunks.length - 1) * CHUNK + this.#used;
    this.#chunks.at(-1)!.write(path, this.#used, 'latin1');
    this.#used += length;
    return start;
  }

  text(start: number, length: number): BytePath {
    const at = start % CHUNK;
    return this.#chunks[(start - at) / CHUNK]!.toString('latin1', at, at + length) as BytePath;
  }

  equals(start: number, length: number, path: BytePath): boolean {
    if (path.length !== length) return false;
    const at = start % CHUNK;
    const chunk = this.#chunks[(start - at) / CHUNK]!;
    // Paths differ at their ends most of the time.
    for (let index = length - 1; index >= 0; index--) {
      if (chunk[at + index] !== path.charCodeAt(index)) return false;
    }
    return true;
  }

  /** By bytes: negative where `a` is less. */
  compare(a: number, aLength: number, b: number, bLength: number): number {
    const [aAt, bAt] = [a % CHUNK, b % CHUNK];
    const other = this.#chunks[(b - bAt) / CHUNK]!;
    return this.#chunks[(a - aAt) / CHUNK]!.compare(other, bAt, bAt + bLength, aAt, aAt + aLength);
  }
}

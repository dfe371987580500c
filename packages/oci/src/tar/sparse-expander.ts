import type { TarEvent } from './parser.ts';
import type { SparseMap } from './sparse.ts';
import { tarError } from './tar-error.ts';

/** Puts the stored pieces of a sparse file at their places, with the holes between them. */
export class SparseExpander {
  readonly #map: SparseMap;
  #index = 0;
  /** Bytes of the current piece that were handed on. */
  #done = 0;
  /** Bytes of the expanded file so far. */
  #position = 0;

  /** `stored` is how many bytes of content the archive has; it must be what the map says. */
  constructor(map: SparseMap, stored: number) {
    this.#map = map;
    const mapped = map.chunks.reduce((sum, { length }) => sum + length, 0);
    if (mapped !== stored) throw tarError('TAR_SIZE', 'a sparse map does not match its content');
  }

  *expand(bytes: Buffer): Generator<TarEvent, void> {
    for (let at = 0; at < bytes.length; ) {
      const chunk = this.#map.chunks[this.#index]!;
      if (this.#done === chunk.length) {
        this.#index += 1;
        this.#done = 0;
        continue;
      }
      const target = chunk.offset + this.#done;
      if (target > this.#position) yield { kind: 'hole', length: target - this.#position };
      const piece = bytes.subarray(at, at + chunk.length - this.#done);
      yield { kind: 'data', bytes: piece };
      at += piece.length;
      this.#done += piece.length;
      this.#position = target + piece.length;
    }
  }

  /** The hole at the end. */
  *finish(): Generator<TarEvent, void> {
    const length = this.#map.realSize - this.#position;
    if (length > 0) yield { kind: 'hole', length };
  }
}

import type { Digest } from '@slipway/oci';

/** Manifests' bytes by digest, the most recently used kept, up to a number of bytes in all. */
export class ManifestCache {
  readonly #entries = new Map<Digest, Buffer>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(digest: Digest): Buffer | undefined {
    const bytes = this.#entries.get(digest);
    if (bytes === undefined) return undefined;
    // A Map keeps the order of insertion: inserting again makes it the most recent.
    this.#entries.delete(digest);
    this.#entries.set(digest, bytes);
    return bytes;
  }

  set(digest: Digest, bytes: Buffer): void {
    if (bytes.length > this.#maxBytes / 4 || this.#entries.has(digest)) return;
    this.#entries.set(digest, bytes);
    this.#bytes += bytes.length;
    for (const [oldest, { length }] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#entries.delete(oldest);
      this.#bytes -= length;
    }
  }
}

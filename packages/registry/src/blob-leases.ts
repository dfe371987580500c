import type { Digest } from '@slipway/oci';

/**
 * Keeps garbage collection and pushes apart, digest by digest: while a push holds a digest it is not removed, and a push
 * that wants a digest which is being removed waits until that is over.
 */
export class BlobLeases {
  readonly #held = new Map<Digest, number>();
  readonly #removing = new Map<Digest, Promise<unknown>>();

  /** Holds the digest until the result is disposed of. */
  async hold(digest: Digest): Promise<Disposable> {
    while (this.#removing.has(digest)) await this.#removing.get(digest);
    this.#held.set(digest, (this.#held.get(digest) ?? 0) + 1);
    return { [Symbol.dispose]: () => this.#release(digest) };
  }

  /** Runs `remove` unless the digest is held; resolves with its result, or false. */
  async remove(digest: Digest, remove: () => Promise<boolean>): Promise<boolean> {
    if (this.#held.has(digest) || this.#removing.has(digest)) return false;
    const removal = remove().finally(() => this.#removing.delete(digest));
    this.#removing.set(
      digest,
      removal.catch(() => false),
    );
    return removal;
  }

  #release(digest: Digest): void {
    const count = this.#held.get(digest)! - 1;
    if (count === 0) this.#held.delete(digest);
    else this.#held.set(digest, count);
  }
}

import { PassThrough, type Readable } from 'node:stream';
import {
  type BlobSource,
  type ContentStore,
  type Descriptor,
  type Digest,
  fetchBlob,
  type Reference,
  type RegistryClient,
} from '@slipway/oci';
import { retryTransfer } from './registry-access.ts';

export interface BaseBlobsOptions {
  readonly store: ContentStore;
  /** For pulls; references are taken literally. */
  readonly client: RegistryClient;
  readonly retries?: number | undefined;
  readonly signal: AbortSignal;
}

interface Known {
  readonly ref: Reference;
  readonly descriptor: Descriptor;
  /** The layers of the image that it was heard of in, lowest first. */
  readonly siblings: readonly Descriptor[];
}

/**
 * The layers of base images: fetched when the first step needs them, all of an image in parallel, and handed to who unpacks
 * them while they come. A stage whose steps are all in the cache fetches nothing.
 */
export class BaseBlobs implements BlobSource {
  readonly #options: BaseBlobsOptions;
  readonly #known = new Map<Digest, Known>();
  readonly #fetches = new Map<Digest, Promise<void>>();

  constructor(options: BaseBlobsOptions) {
    this.#options = options;
  }

  /** Notes where an image's layers can be had. */
  learn(ref: Reference, layers: readonly Descriptor[]): void {
    for (const descriptor of layers) {
      if (!this.#known.has(descriptor.digest))
        this.#known.set(descriptor.digest, { ref, descriptor, siblings: layers });
    }
  }

  /** Repositories of the registry that are known to have the blob. */
  repositories(registry: string, digest: Digest): string[] {
    const ref = this.#known.get(digest)?.ref;
    return ref?.registry === registry ? [ref.repository] : [];
  }

  /** The blob, from the store or while it comes. */
  async open(digest: Digest): Promise<Readable> {
    const { store } = this.#options;
    const known = this.#known.get(digest);
    if (known === undefined || (await store.stat(digest))) return await store.open(digest);
    const whole = this.#fetches.has(digest) || this.#options.retries !== undefined;
    // A transfer that is tried again begins anew, and what was handed on cannot be taken back.
    const stream = whole ? undefined : new PassThrough({ highWaterMark: 1 << 20 });
    const fetched = this.#fetch(known, stream);
    // Whoever needs one layer needs the others of the image next.
    for (const { digest: other } of known.siblings) this.#begin(other);
    if (stream !== undefined) {
      fetched.catch(() => {}); // The reader is told.
      return stream;
    }
    await fetched;
    return await store.open(digest);
  }

  /** All of these that are a base image's are in the store when this resolves. */
  async ensure(digests: readonly Digest[]): Promise<void> {
    const known = digests.map((digest) => this.#known.get(digest)).filter((one) => one !== undefined);
    await Promise.all(known.map((one) => this.#fetch(one)));
  }

  #begin(digest: Digest): void {
    this.#fetch(this.#known.get(digest)!).catch(() => {}); // Told to whoever asks for it.
  }

  #fetch(known: Known, reader?: PassThrough): Promise<void> {
    const { digest } = known.descriptor;
    const running = this.#fetches.get(digest);
    if (running !== undefined) return running;
    const fetching = this.#transfer(known, reader).catch((error) => {
      this.#fetches.delete(digest);
      throw error;
    });
    this.#fetches.set(digest, fetching);
    return fetching;
  }

  async #transfer({ ref, descriptor }: Known, reader?: PassThrough): Promise<void> {
    const { store, client, retries, signal } = this.#options;
    const onChunk = reader && ((chunk: Buffer) => hand(reader, chunk, signal));
    try {
      const fetched = await retryTransfer(retries, signal, () =>
        fetchBlob({ client, ref, store, descriptor, signal, onChunk }),
      );
      // Another process may have brought it meanwhile.
      if (fetched === 0 && reader) (await store.open(descriptor.digest)).pipe(reader);
      else reader?.end();
    } catch (error) {
      reader?.destroy(error as Error);
      throw error;
    }
  }
}

/** Waits until the reader has room, or is gone. */
async function hand(reader: PassThrough, chunk: Buffer, signal: AbortSignal): Promise<void> {
  if (signal.aborted || reader.destroyed || reader.write(chunk)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => resolve();
  reader.once('drain', done).once('close', done);
  signal.addEventListener('abort', done, { once: true });
  await promise;
  reader.off('drain', done).off('close', done);
  signal.removeEventListener('abort', done);
}

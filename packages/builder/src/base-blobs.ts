import type { Readable } from 'node:stream';
import {
  BlobGrowth,
  type BlobSource,
  type ContentStore,
  type Descriptor,
  type Digest,
  fetchBlob,
  type GrowthFollower,
  type Reference,
  type RegistryClient,
} from '@slipway/oci';
import { retryTransfer } from './registry-access.ts';
import { Turns } from './turns.ts';

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

/** Connections at a time; a registry may take more of them for an attack. */
const PARALLEL = 6;

/** A layer that comes. */
interface Fetch {
  readonly done: Promise<void>;
  readonly growth: BlobGrowth;
}

/**
 * The layers of base images: fetched when the first step needs them, all of an image in parallel, and handed to who unpacks
 * them while they come. A stage whose steps are all in the cache fetches nothing.
 */
export class BaseBlobs implements BlobSource {
  readonly #options: BaseBlobsOptions;
  readonly #known = new Map<Digest, Known>();
  readonly #fetches = new Map<Digest, Fetch>();
  readonly #turns = new Turns(PARALLEL);

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
    const coming = await this.#coming(digest);
    const reader = coming?.growth?.open();
    if (reader !== undefined) return reader;
    await coming?.done;
    return await this.#options.store.open(digest);
  }

  async follow(digest: Digest, follower: GrowthFollower): Promise<AsyncDisposable | Disposable> {
    const coming = await this.#coming(digest);
    const followed = coming?.growth?.follow(follower);
    if (followed !== undefined) return followed;
    await coming?.done;
    return await this.#options.store.follow(digest, follower);
  }

  /** The fetch of a blob that is not in the store; without its growth where that is not to be read. */
  async #coming(
    digest: Digest,
  ): Promise<{ done: Promise<void>; growth: BlobGrowth | undefined } | undefined> {
    const { store, retries } = this.#options;
    const known = this.#known.get(digest);
    if (known === undefined || (await store.stat(digest))) return undefined;
    // Whoever needs one layer needs the others of the image next.
    for (const { digest: other } of known.siblings) this.#fetch(this.#known.get(other)!);
    const { done, growth } = this.#fetch(known);
    // A transfer that is tried again begins anew, and what was handed on cannot be taken back.
    return { done, growth: retries === undefined ? growth : undefined };
  }

  /** All of these that are a base image's are in the store when this resolves. */
  async ensure(digests: readonly Digest[]): Promise<void> {
    const known = digests.map((digest) => this.#known.get(digest)).filter((one) => one !== undefined);
    await Promise.all(known.map((one) => this.#fetch(one).done));
  }

  #fetch(known: Known): Fetch {
    const { digest } = known.descriptor;
    const running = this.#fetches.get(digest);
    if (running !== undefined) return running;
    const growth = new BlobGrowth();
    const done = this.#turns
      .take(() => this.#transfer(known, growth))
      .catch((error) => {
        this.#fetches.delete(digest);
        throw error;
      });
    done.catch(() => {}); // Told to whoever asks for it.
    const fetch = { done, growth };
    this.#fetches.set(digest, fetch);
    return fetch;
  }

  async #transfer({ ref, descriptor }: Known, growth: BlobGrowth): Promise<void> {
    const { store, client, retries, signal } = this.#options;
    await retryTransfer(retries, signal, () =>
      fetchBlob({
        ...{ client, ref, store, descriptor, signal },
        growth: retries === undefined ? growth : undefined,
      }),
    );
  }
}

import { toSlipwayError } from '@slipway/core';
import {
  type ContentStore,
  type Descriptor,
  type Digest,
  type PushOutcome,
  pushStoredBlob,
  type Reference,
  type RegistryClient,
} from '@slipway/oci';
import type { BaseBlobs } from './base-blobs.ts';
import { Turns } from './turns.ts';

export interface PushAheadOptions {
  readonly client: RegistryClient;
  readonly store: ContentStore;
  readonly destinations: readonly Reference[];
  readonly baseBlobs: BaseBlobs;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Layers at a time, all repositories together. */
const PARALLEL = 4;

/**
 * Sends layers of the image to its destinations while the next steps run, so that the end of the build waits only for the rest.
 * Nothing names them until the manifest is pushed: when the build fails the registry's garbage collection takes them. A failure
 * here ends nothing; the push at the end tries again, and its failure counts.
 */
export class PushAhead implements AsyncDisposable {
  readonly #options: PushAheadOptions;
  readonly #repositories: ReadonlyMap<string, Reference>;
  readonly #jobs = new Map<string, Promise<PushOutcome | undefined>>();
  /** Where a layer could not be sent: nothing more is tried there before the end. */
  readonly #failed = new Set<string>();
  readonly #turns = new Turns(PARALLEL);

  constructor(options: PushAheadOptions) {
    this.#options = options;
    this.#repositories = new Map(options.destinations.map((ref) => [placeOf(ref), ref]));
  }

  /** Takes a layer that will be in the image as it is. `isNew`: this build made it. */
  offer(layer: Descriptor, { isNew }: { readonly isNew: boolean }): void {
    for (const [place, ref] of this.#repositories) {
      const key = `${place} ${layer.digest}`;
      if (!this.#jobs.has(key)) this.#jobs.set(key, this.#send(ref, layer, isNew));
    }
  }

  /** How the blob came to the repository, as soon as that is known; undefined where it is not known to be there. */
  async sent(ref: Reference, blob: Digest): Promise<PushOutcome | undefined> {
    return await this.#jobs.get(`${placeOf(ref)} ${blob}`);
  }

  /** Repositories of the registry that have the blob, or are about to get it before this one does. */
  async sources({ registry, repository }: Reference, blob: Digest): Promise<string[]> {
    const known = this.#options.baseBlobs.repositories(registry, blob);
    for (const ref of this.#repositories.values()) {
      if (ref.registry !== registry) continue;
      if (ref.repository === repository) break;
      if (await this.sent(ref, blob)) return [...known, ref.repository];
    }
    return known;
  }

  /** Nothing is under way any more when this resolves; ends what still is when the signal is aborted. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#jobs.values());
  }

  async #send(ref: Reference, layer: Descriptor, isNew: boolean): Promise<PushOutcome | undefined> {
    const { client, store, baseBlobs, signal } = this.#options;
    try {
      const mountFrom = await this.sources(ref, layer.digest);
      const fetch = (digest: Digest): Promise<void> => baseBlobs.ensure([digest]);
      return await this.#turns.take(async () => {
        signal.throwIfAborted();
        if (this.#failed.has(placeOf(ref))) return undefined;
        return await pushStoredBlob({ client, ref, store, signal, mountFrom, fetch, isNew }, layer);
      });
    } catch (error) {
      if (!signal.aborted) this.#warn(ref, error);
      return undefined;
    }
  }

  /** Once a repository: a refusal is worth knowing before the build is through. */
  #warn(ref: Reference, error: unknown): void {
    const place = placeOf(ref);
    if (this.#failed.has(place)) return;
    this.#failed.add(place);
    const { message } = toSlipwayError(error);
    this.#options.warn(
      `a layer could not be sent to ${place} yet, which is tried again at the end: ${message}`,
    );
  }
}

function placeOf({ registry, repository }: Reference): string {
  return `${registry}/${repository}`;
}

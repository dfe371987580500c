import type { ServerResponse } from 'node:http';
import { type Clock, type Logger, SlipwayError, toSlipwayError } from '@slipway/core';
import {
  type ContentStore,
  type Digest,
  digestAlgorithm,
  type Ingest,
  isTag,
  parseManifest,
  type Reference,
  type RegistryClient,
} from '@slipway/oci';
import type { BlobLeases } from '../blob-leases.ts';
import { writeChunk } from '../http/write-chunk.ts';
import { manifestRecord } from '../manifest-record.ts';
import type { MetadataStore } from '../metadata/metadata-store.ts';
import { RegistryError } from '../registry-error.ts';
import { isMirrorRepository, namespaceOf } from '../repository-name.ts';
import type { ManifestReference } from '../route.ts';

/** What the mirror asks of other registries; a RegistryClient fits. */
export type MirrorUpstream = Pick<RegistryClient, 'headManifest' | 'getManifest' | 'hasBlob' | 'openBlob'>;

export interface MirrorOptions {
  readonly upstream: MirrorUpstream;
  /** Registries that are mirrored, as they stand in repository names. Default: every host name. */
  readonly allows?: (registry: string) => boolean;
  /** A registry that did not answer is not asked again for so long (ms). Default 15,000. */
  readonly offlineMs?: number;
}

interface MirrorParts extends MirrorOptions {
  readonly store: ContentStore;
  readonly metadata: MetadataStore;
  readonly leases: BlobLeases;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Repositories such as `docker.io/library/golang` fetched from where they are named after, and kept: a tag is asked for
 * again at every pull, a digest never, and what is here is served when the network is away.
 */
export class PullThrough {
  readonly #parts: MirrorParts;
  readonly #offlineUntil = new Map<string, number>();
  readonly #manifests = new Map<string, Promise<void>>();
  readonly #blobs = new Map<Digest, Promise<void>>();

  constructor(parts: MirrorParts) {
    this.#parts = parts;
  }

  /** Brings the manifest here if it is not, or its tag moved. Throws MANIFEST_UNKNOWN with the reason when there is none to serve. */
  async refresh(repository: string, reference: ManifestReference): Promise<void> {
    if (!this.#mirrors(repository) || ('tag' in reference && !isTag(reference.tag))) return;
    const name = 'tag' in reference ? `:${reference.tag}` : `@${reference.digest}`;
    const known = this.#known(repository, reference);
    if (known !== undefined && 'digest' in reference) return;
    try {
      await this.#online(repository, () =>
        single(this.#manifests, repository + name, () => this.#fetchManifest(repository, reference, known)),
      );
    } catch (error) {
      const { message } = toSlipwayError(error);
      if (known === undefined) {
        throw new RegistryError(
          'MANIFEST_UNKNOWN',
          `the mirror has no ${repository}${name}, and could not fetch it: ${message}`,
        );
      }
      this.#parts.logger.debug('serving the kept copy', { repository, reference: name, reason: message });
    }
  }

  /** The size of a blob that a mirrored manifest names and that is not here yet. */
  async blobSize(repository: string, digest: Digest): Promise<number | undefined> {
    if (!this.#mirrors(repository)) return undefined;
    if (this.#parts.metadata.linkedFrom(repository, digest) === undefined) return undefined;
    const upstream = this.#parts.upstream;
    return (await this.#online(repository, () => upstream.hasBlob(referenceOf(repository), digest)))?.size;
  }

  /** Brings a blob here; the first caller's `response`, if given, gets it while it comes. Returns whether it did. */
  async fetchBlob(
    repository: string,
    digest: Digest,
    size: number,
    response?: ServerResponse,
  ): Promise<boolean> {
    let sent = false;
    await single(this.#blobs, digest, async () => {
      sent = response !== undefined;
      await this.#fetchBlob(repository, digest, size, response);
    });
    return sent;
  }

  async #fetchManifest(
    repository: string,
    reference: ManifestReference,
    known: Digest | undefined,
  ): Promise<void> {
    const { upstream, store, metadata, leases, clock } = this.#parts;
    const ref: Reference = { ...referenceOf(repository), ...reference };
    if (known !== undefined && (await upstream.headManifest(ref))?.digest === known) return;
    const { bytes, mediaType, digest } = await upstream.getManifest(ref);
    const manifest = parseManifest(bytes, mediaType);
    using _lease = await leases.hold(digest);
    await store.put(bytes, { digest });
    const now = clock.now().getTime();
    await metadata.change((writer) => {
      writer.putManifest(repository, manifestRecord({ manifest, digest, size: bytes.length }), now);
      if ('tag' in reference) writer.setTag(repository, reference.tag, digest, now);
    });
  }

  async #fetchBlob(
    repository: string,
    digest: Digest,
    size: number,
    response: ServerResponse | undefined,
  ): Promise<void> {
    const { upstream, store, metadata, leases, clock } = this.#parts;
    using _lease = await leases.hold(digest);
    if ((await store.stat(digest)) === undefined) {
      const body = await this.#online(repository, () => upstream.openBlob(referenceOf(repository), digest));
      await using ingest = await store.beginTemporary(digestAlgorithm(digest));
      await tee(body, ingest, response, () => ingest.commit({ digest, size }));
    } else {
      for await (const chunk of await store.open(digest)) await forward(chunk, response);
    }
    const now = clock.now().getTime();
    await metadata.change((writer) => writer.linkBlob(repository, digest, size, now));
    response?.end();
  }

  #mirrors(repository: string): boolean {
    return isMirrorRepository(repository) && (this.#parts.allows?.(namespaceOf(repository)) ?? true);
  }

  #known(repository: string, reference: ManifestReference): Digest | undefined {
    const { metadata } = this.#parts;
    if ('tag' in reference) return metadata.taggedManifest(repository, reference.tag)?.digest;
    return metadata.manifest(repository, reference.digest) && reference.digest;
  }

  /** Runs a call unless the registry was away a moment ago: each would wait for its own timeout. */
  async #online<T>(repository: string, call: () => Promise<T>): Promise<T> {
    const registry = namespaceOf(repository);
    const now = this.#parts.clock.now().getTime();
    if ((this.#offlineUntil.get(registry) ?? 0) > now) {
      throw new SlipwayError('unavailable', 'MIRROR_OFFLINE', `${registry} did not answer a moment ago`);
    }
    try {
      return await call();
    } catch (error) {
      const { kind } = toSlipwayError(error);
      if (kind === 'unavailable' || kind === 'timeout') {
        this.#offlineUntil.set(registry, now + (this.#parts.offlineMs ?? 15_000));
      }
      throw error;
    }
  }
}

/** Runs `work` once for callers of the same key that overlap. */
async function single<K>(running: Map<K, Promise<void>>, key: K, work: () => Promise<void>): Promise<void> {
  let promise = running.get(key);
  if (promise === undefined) {
    promise = work().finally(() => running.delete(key));
    running.set(key, promise);
  }
  await promise;
}

/** `docker.io/library/golang` → the registry docker.io, the repository library/golang. */
function referenceOf(repository: string): Reference {
  const registry = namespaceOf(repository);
  return { registry, repository: repository.slice(registry.length + 1) };
}

/**
 * Writes a stream to the store and to a client at once. The client gets the last chunk only after `commit`: a body that
 * turns out wrong reaches nobody whole.
 */
async function tee(
  body: AsyncIterable<Buffer>,
  ingest: Ingest,
  response: ServerResponse | undefined,
  commit: () => Promise<unknown>,
): Promise<void> {
  let held: Buffer | undefined;
  for await (const chunk of body) {
    if (held !== undefined) await forward(held, response);
    await ingest.write(chunk);
    held = chunk;
  }
  await commit();
  if (held !== undefined) await forward(held, response);
}

/** A client that went away does not stop the fetch: others will want the blob. */
async function forward(chunk: Buffer, response: ServerResponse | undefined): Promise<void> {
  if (response !== undefined) await writeChunk(response, chunk);
}

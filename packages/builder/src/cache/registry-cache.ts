import { toSlipwayError } from '@slipway/core';
import {
  type ContentStore,
  type Descriptor,
  type ImageManifest,
  mediaTypes,
  type Platform,
  parseReference,
  pullImage,
  pushImage,
  type Reference,
  type RegistryClient,
} from '@slipway/oci';
import type { CachedKind, RegistryCacheSettings } from '../build-options.ts';
import type { CacheKey } from './cache-key.ts';
import type { CachedResult } from './instruction-cache.ts';

/** Bytes of the tar inside the layer, which no manifest tells. */
const SIZE_ANNOTATION = 'dev.slipway.cache.size';

export interface RegistryCacheOptions {
  readonly settings: RegistryCacheSettings;
  /** Takes references literally. */
  readonly client: RegistryClient;
  readonly store: ContentStore;
  readonly platform: Platform;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Results of instructions in repositories: an image with one layer, or none, under a tag that is the cache key, as kaniko keeps
 * them. A cache that cannot be reached is a warning and is not asked again.
 */
export class RegistryCache {
  readonly #options: RegistryCacheOptions;
  readonly #from: Reference[];
  readonly #to: Reference | undefined;
  readonly #sending = new Set<Promise<void>>();
  /** What the repository for new results is known to have. */
  readonly #there = new Set<CacheKey>();
  #canSend = true;

  /** Throws REFERENCE_INVALID. */
  constructor(options: RegistryCacheOptions) {
    this.#options = options;
    this.#from = options.settings.from.map((name) => parseReference(name));
    this.#to = options.settings.to === undefined ? undefined : parseReference(options.settings.to);
  }

  /** The result of the first repository that has one; its layer is in the store then. */
  async get(key: CacheKey, kind: CachedKind): Promise<CachedResult | undefined> {
    if (!this.#holds(kind)) return undefined;
    for (const repository of [...this.#from]) {
      try {
        const found = await this.#pull({ ...repository, tag: key });
        if (found === undefined) continue;
        if (sameRepository(repository, this.#to)) this.#there.add(key);
        return found;
      } catch (error) {
        this.#options.signal.throwIfAborted();
        this.#from.splice(this.#from.indexOf(repository), 1);
        this.#warn(repository, 'is not asked any more', error);
      }
    }
    return undefined;
  }

  /** Sends a result while the build goes on, where the repository has none. */
  put(key: CacheKey, kind: CachedKind, result: CachedResult): void {
    const repository = this.#to;
    if (repository === undefined || !this.#canSend || !this.#holds(kind) || this.#there.has(key)) return;
    this.#there.add(key);
    const sending = this.#push({ ...repository, tag: key }, result).catch((error) => {
      if (this.#options.signal.aborted || !this.#canSend) return;
      this.#canSend = false;
      this.#warn(repository, 'gets no results', error);
    });
    this.#sending.add(sending);
    void sending.finally(() => this.#sending.delete(sending));
  }

  /** Resolves when all results are sent. */
  async flush(): Promise<void> {
    await Promise.all(this.#sending);
  }

  #holds(kind: CachedKind): boolean {
    return this.#options.settings.kinds?.includes(kind) ?? true;
  }

  async #pull(ref: Reference): Promise<CachedResult | undefined> {
    const { client, store, platform, signal, settings } = this.#options;
    const head = await client.headManifest(ref, undefined, { signal });
    if (head === undefined) return undefined;
    const { config, layers, manifest } = await pullImage({ client, ref, store, platform, signal });
    const age = Date.now() - Date.parse(config.created ?? '');
    if (settings.maxAgeMs !== undefined && !(age <= settings.maxAgeMs)) return undefined;
    const [layer] = layers;
    const created = new Date(config.created ?? 0);
    if (layer === undefined) return { layer: undefined, created };
    // 0 would say that it is a base image's.
    return { layer: { ...layer, size: Number(manifest.annotations?.[SIZE_ANNOTATION]) || 1 }, created };
  }

  async #push(ref: Reference, { layer, created = new Date() }: CachedResult): Promise<void> {
    const { client, store, platform, signal, settings } = this.#options;
    // A result that has grown too old to be taken is replaced, so its age has to be asked for.
    const fresh = settings.maxAgeMs === undefined && (await client.headManifest(ref, undefined, { signal }));
    if (fresh) return;
    const config = await this.#putJson(mediaTypes.ociConfig, {
      architecture: platform.architecture,
      os: platform.os,
      ...(platform.variant === undefined ? {} : { variant: platform.variant }),
      // What has an age limit is as old as its place in the registry.
      created: (settings.maxAgeMs === undefined ? created : new Date()).toISOString(),
      config: {},
      rootfs: { type: 'layers', diff_ids: layer === undefined ? [] : [layer.diffId] },
    });
    const content: ImageManifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers: layer === undefined ? [] : [layer.descriptor],
      ...(layer === undefined ? {} : { annotations: { [SIZE_ANNOTATION]: String(layer.size) } }),
    };
    const manifest = await this.#putJson(mediaTypes.ociManifest, content);
    await pushImage({ client, ref, store, manifest, signal });
  }

  async #putJson(mediaType: string, value: object): Promise<Descriptor> {
    const { digest, size } = await this.#options.store.put(Buffer.from(JSON.stringify(value)));
    return { mediaType, digest, size };
  }

  #warn({ registry, repository }: Reference, what: string, error: unknown): void {
    const { message } = toSlipwayError(error);
    this.#options.warn(`the cache in ${registry}/${repository} ${what}: ${message}`);
  }
}

function sameRepository(a: Reference, b: Reference | undefined): boolean {
  return a.registry === b?.registry && a.repository === b.repository;
}

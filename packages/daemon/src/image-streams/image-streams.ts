import { isDeepStrictEqual } from 'node:util';
import {
  formatTime,
  type ImageStream,
  type ImageStreamTag,
  isStatus,
  type KubeClient,
  type Namespace,
  resources,
} from '@slipway/kube';
import type { ContentStore, Digest } from '@slipway/oci';
import type { RegistryInventory, TaggedDigest } from '@slipway/registry';
import { describeImage } from './image-description.ts';
import { repositoryOf, type StreamKey, streamOf } from './repository.ts';
import { changedTags, streamStatus } from './stream-status.ts';

export interface ImageStreamsOptions {
  /** As the control plane. */
  readonly client: KubeClient;
  readonly inventory: RegistryInventory;
  readonly store: ContentStore;
  /** `host:port` of the registry inside pods, and outside. */
  readonly hosts: { readonly inCluster: string; readonly outside: string };
}

const API_VERSION = 'image.openshift.io/v1';

/**
 * Keeps ImageStreams and ImageStreamTags as the registry is, which alone knows what was pushed. `sync` brings one
 * repository's objects up to date and may be called at any time, by whoever saw a change on either side.
 */
export class ImageStreams {
  readonly #options: ImageStreamsOptions;
  /** The last work on each repository: one follows the other. */
  readonly #turns = new Map<string, Promise<void>>();
  /** Tags whose objects changed since the last work on their repository. */
  readonly #touched = new Map<string, Set<string>>();
  /** Tag objects that are removed because their tag is gone; deleting them must not delete a tag that is new. */
  readonly #outdated = new Set<string>();

  constructor(options: ImageStreamsOptions) {
    this.#options = options;
  }

  /** Brings the repository's objects up to date; `create` makes the stream although it has no tag yet. */
  sync(repository: string, create = false): Promise<void> {
    const key = streamOf(repository);
    if (key === undefined) return Promise.resolve();
    const work = (): Promise<void> => this.#sync(key, create);
    const turn = (this.#turns.get(repository) ?? Promise.resolve()).then(work, work);
    this.#turns.set(repository, turn);
    const done = (): void => {
      if (this.#turns.get(repository) === turn) this.#turns.delete(repository);
    };
    turn.then(done, done);
    return turn;
  }

  /** Notes that a tag's object changed, so that the next `sync` looks at it. */
  touch(repository: string, tag: string): void {
    const tags = this.#touched.get(repository) ?? new Set();
    this.#touched.set(repository, tags.add(tag));
  }

  /** Brings all streams of a namespace up to date. */
  async syncNamespace(namespace: string): Promise<void> {
    for (const repository of this.#repositories(namespace)) await this.sync(repository);
  }

  /** Removes what the registry holds for a namespace that is gone: its name may be somebody else's tomorrow. */
  async forgetNamespace(namespace: string): Promise<void> {
    const { inventory } = this.#options;
    for (const repository of this.#repositories(namespace)) await inventory.deleteRepository(repository);
  }

  /** Removes all images of a stream that is being deleted. */
  async deleteImages(key: StreamKey): Promise<void> {
    const repository = repositoryOf(key);
    const { inventory } = this.#options;
    // Without the stream there is no status to tell which objects of tags there are.
    for (const { tag } of inventory.tags(repository)) this.touch(repository, tag);
    await inventory.deleteRepository(repository);
  }

  /** Removes the tag of an object that is being deleted, unless it points at another image by now. */
  async deleteTag(key: StreamKey, tag: string, digest: string): Promise<void> {
    const repository = repositoryOf(key);
    if (this.#outdated.has(`${repository}:${tag}`)) return;
    await this.#options.inventory.deleteTag(repository, tag, digest as Digest);
  }

  #repositories(namespace: string): string[] {
    return this.#options.inventory
      .repositories()
      .filter((repository) => repository.startsWith(`${namespace}/`));
  }

  async #sync(key: StreamKey, create: boolean): Promise<void> {
    const repository = repositoryOf(key);
    const touched = this.#touched.get(repository) ?? new Set();
    this.#touched.delete(repository);
    if (!(await this.#isActive(key.namespace))) return;
    const { client, inventory, hosts } = this.#options;
    const tags = inventory.tags(repository);
    const found = await this.#find<ImageStream>(resources.imagestreams, key.namespace, key.name);
    const stream = found ?? (create || tags.length > 0 ? await this.#create(key) : undefined);
    const status =
      stream &&
      streamStatus({
        names: {
          inCluster: `${hosts.inCluster}/${repository}`,
          outside: `${hosts.outside}/${repository}`,
        },
        tags,
        before: stream.status,
        generation: stream.metadata.generation ?? 1,
        holds: (digest) => inventory.hasManifest(repository, digest as Digest),
      });
    // The status comes last: what a crash leaves undone is then found by comparing it again.
    const byName = new Map(tags.map((tag) => [tag.tag, tag]));
    for (const tag of new Set([...touched, ...changedTags(stream?.status, status)])) {
      await this.#syncTag(key, tag, byName.get(tag), stream?.metadata.generation ?? 1);
    }
    if (stream !== undefined && !isDeepStrictEqual(stream.status, status)) {
      await client.update(resources.imagestreams, { ...stream, status }, { subresource: 'status' });
    }
  }

  async #isActive(namespace: string): Promise<boolean> {
    const found = await this.#find<Namespace>(resources.namespaces, undefined, namespace);
    return found !== undefined && found.metadata.deletionTimestamp === undefined;
  }

  #create({ namespace, name }: StreamKey): Promise<ImageStream> {
    const stream: ImageStream = {
      apiVersion: API_VERSION,
      kind: 'ImageStream',
      metadata: { name, namespace },
      spec: { lookupPolicy: { local: false } },
    };
    return this.#options.client.create(resources.imagestreams, stream);
  }

  async #syncTag(
    key: StreamKey,
    tag: string,
    tagged: TaggedDigest | undefined,
    generation: number,
  ): Promise<void> {
    const { client } = this.#options;
    const name = `${key.name}:${tag}`;
    const found = await this.#find<ImageStreamTag>(resources.imagestreamtags, key.namespace, name);
    if (tagged === undefined) return found && this.#removeTag(key, tag, name);
    if (found?.image?.metadata?.name === tagged.digest) return;
    const image = await this.#describe(key, tagged);
    const object: ImageStreamTag = {
      apiVersion: API_VERSION,
      kind: 'ImageStreamTag',
      metadata: found?.metadata ?? { name, namespace: key.namespace },
      generation,
      lookupPolicy: { local: false },
      image,
    };
    await (found
      ? client.update(resources.imagestreamtags, object)
      : client.create(resources.imagestreamtags, object));
  }

  #describe(key: StreamKey, { digest, updated }: TaggedDigest): Promise<ImageStreamTag['image']> {
    const { store, hosts } = this.#options;
    const reference = `${hosts.inCluster}/${repositoryOf(key)}@${digest}`;
    return describeImage(store, { digest, reference, created: formatTime(updated) });
  }

  async #removeTag(key: StreamKey, tag: string, name: string): Promise<void> {
    const mark = `${repositoryOf(key)}:${tag}`;
    this.#outdated.add(mark);
    try {
      await this.#options.client.delete(resources.imagestreamtags, name, { namespace: key.namespace });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    } finally {
      this.#outdated.delete(mark);
    }
  }

  async #find<T extends ImageStream | ImageStreamTag | Namespace>(
    type: (typeof resources)['namespaces'],
    namespace: string | undefined,
    name: string,
  ): Promise<T | undefined> {
    try {
      return await this.#options.client.get<T>(type, name, namespace);
    } catch (error) {
      if (isStatus(error, 'NotFound')) return undefined;
      throw error;
    }
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ContentStore,
  type Descriptor,
  type ImageConfig,
  type ImageLayer,
  type ImageManifest,
  mediaTypes,
  parseDigest,
  parseImageConfig,
  parseManifest,
} from '@slipway/oci';

/** Base images that `slipway seed` put into a state folder. */
export class SeededImages {
  readonly store: ContentStore;
  readonly #folder: string;
  readonly #records: Readonly<Record<string, { readonly digest: string }>>;

  private constructor(folder: string, store: ContentStore, records: Record<string, { digest: string }>) {
    this.#folder = folder;
    this.store = store;
    this.#records = records;
  }

  static async open(stateDir: string): Promise<SeededImages> {
    const store = await ContentStore.open(join(stateDir, 'content'));
    const records = JSON.parse(await readFile(join(stateDir, 'seed/records.json'), 'utf8'));
    return new SeededImages(stateDir, store, records);
  }

  async manifest(name: string): Promise<Descriptor> {
    const record = this.#records[name];
    if (record === undefined)
      throw new Error(`${this.#folder} has no ${name}: run slipway seed ${name} first`);
    const digest = parseDigest(record.digest);
    const bytes = await this.store.read(digest);
    const { mediaType = mediaTypes.ociManifest } = JSON.parse(bytes.toString());
    return { mediaType, digest, size: bytes.length };
  }

  async read(name: string): Promise<{ layers: ImageLayer[]; config: ImageConfig }> {
    const { digest } = await this.manifest(name);
    const manifest = parseManifest(await this.store.read(digest)) as ImageManifest;
    const config = parseImageConfig(await this.store.read(manifest.config.digest));
    const layers = manifest.layers.map((descriptor, index) => ({
      diffId: config.rootfs.diff_ids[index]!,
      descriptor,
    }));
    return { layers, config };
  }
}

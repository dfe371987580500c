// A finished image as both builders leave it: configuration and layers.
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ContentStore,
  type Digest,
  decompressLayer,
  type ImageConfig,
  type ImageLayer,
} from '@slipway/oci';
import { execute } from '../../cli.ts';
import type { Dockerd } from '../../dockerd.ts';
import { type Member, readMembers } from './flatten.ts';

/** An image to be compared; its layers bottom first. */
export interface BuiltImage {
  readonly config: ImageConfig;
  readonly layers: readonly (readonly Member[])[];
}

/** Layers of base images are read once. */
const known = new Map<string, Promise<Member[]>>();

function once(key: string, read: () => Promise<Member[]>): Promise<Member[]> {
  const before = known.get(key);
  if (before) return before;
  const reading = read();
  known.set(key, reading);
  return reading;
}

/** An image of a content store, ours or a folder in the OCI layout. */
export async function readImage(
  store: ContentStore,
  configDigest: Digest,
  blobs: readonly ImageLayer[],
): Promise<BuiltImage> {
  const config = JSON.parse((await store.read(configDigest)).toString()) as ImageConfig;
  const layers: Member[][] = [];
  for (const { descriptor, diffId } of blobs) {
    const tar = async (): Promise<AsyncIterable<Uint8Array>> =>
      decompressLayer(await store.open(descriptor.digest));
    layers.push(await once(diffId, async () => readMembers(await tar())));
  }
  return { config, layers };
}

/** Images of docker by their names, all with one `docker save` into the folder. */
export async function dockerImages(
  dockerd: Dockerd,
  folder: string,
  names: readonly string[],
): Promise<Map<string, BuiltImage>> {
  const saved = await dockerd.docker(['save', '--output', join(folder, 'images.tar'), ...names]);
  if (saved.code !== 0) throw new Error(`docker save: ${saved.stderr}`);
  const unpacked = await execute('tar', ['-xf', join(folder, 'images.tar'), '-C', folder]);
  if (unpacked.code !== 0) throw new Error(`tar: ${unpacked.stderr}`);
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    readonly Config: string;
    readonly RepoTags: readonly string[];
    readonly Layers: readonly string[];
  }[];
  const images = new Map<string, BuiltImage>();
  for (const { Config, RepoTags, Layers } of manifest) {
    const config = JSON.parse(readFileSync(join(folder, Config), 'utf8')) as ImageConfig;
    const layers: Member[][] = [];
    for (const [index, file] of Layers.entries()) {
      const tar = (): AsyncIterable<Uint8Array> => createReadStream(join(folder, file));
      layers.push(await once(config.rootfs.diff_ids[index]!, () => readMembers(tar())));
    }
    for (const tag of RepoTags) images.set(tag, { config, layers });
  }
  return images;
}

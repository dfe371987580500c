import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { type ContentStore, type Digest, isDigest, isImageIndex, parseManifest } from '@slipway/oci';

/**
 * Digests of the images that pods pulled, with their configurations and layers: a pod that starts again finds them by the
 * name that it gives, also where the registry they came from cannot be reached any more.
 */
export async function pulledImages(store: ContentStore): Promise<ReadonlySet<Digest>> {
  const digests = new Set<Digest>();
  const folder = join(store.root, 'names');
  for (const name of await readdir(folder).catch(ifMissing([]))) {
    const text = await readFile(join(folder, name), 'utf8').catch(ifMissing(''));
    for (const digest of text.match(/sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})/g) ?? []) {
      if (!isDigest(digest) || digests.has(digest)) continue;
      digests.add(digest);
      for (const part of await partsOf(store, digest)) digests.add(part);
    }
  }
  return digests;
}

/** What a manifest names; nothing for an index, of which only one image was pulled, or where the store has it no more. */
async function partsOf(store: ContentStore, digest: Digest): Promise<Digest[]> {
  try {
    const manifest = parseManifest(await store.read(digest));
    if (isImageIndex(manifest)) return [];
    return [manifest.config, ...manifest.layers].map((part) => part.digest);
  } catch (error) {
    if (error instanceof SlipwayError && error.kind !== 'internal') return [];
    throw error;
  }
}

/** For what was never made, or was replaced in this moment. */
function ifMissing<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}

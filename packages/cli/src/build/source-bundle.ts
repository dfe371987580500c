import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { SlipwayError } from '@slipway/core';
import {
  applyLayer,
  ContentStore,
  type Descriptor,
  diffLayer,
  formatReference,
  mediaTypes,
  parseManifest,
  parseReference,
  pushImage,
  type Reference,
  type RegistryClient,
  writeLayer,
} from '@slipway/oci';
import type { Destination } from './destination.ts';

/** Type of the artifact that holds a packed source folder: one gzipped tar layer. */
const ARTIFACT_TYPE = 'application/vnd.slipway.source.v1';
const EMPTY_CONFIG = Buffer.from('{}');

export interface SentFolder {
  /** The artifact as pods name it, by digest. */
  readonly reference: string;
  /** Deletes it from the registry again. */
  remove(): Promise<void>;
}

/**
 * Packs a folder as it is, uncommitted changes included, and pushes it as an OCI artifact beside the image: it works the same
 * on the laptop and on a cluster, and needs no volume there.
 */
export async function sendFolder(
  folder: string,
  destination: Destination,
  client: RegistryClient,
  signal: AbortSignal,
): Promise<SentFolder> {
  const scratch = await mkdtemp(join(tmpdir(), 'slipway-source-'));
  try {
    const store = await ContentStore.open(scratch);
    const { descriptor } = await writeLayer(store, diffLayer(folder));
    const manifest = await writeManifest(store, descriptor);
    const { registry, repository } = destination.here;
    const here: Reference = { registry, repository, digest: manifest.digest };
    await pushImage({ client, ref: here, store, manifest, signal });
    return {
      reference: formatReference({ ...here, registry: destination.inCluster.registry }),
      remove: async () => {
        await client.deleteManifest(here).catch(() => {}); // a registry may refuse deletes: the artifact then stays
      },
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function writeManifest(store: ContentStore, layer: Descriptor): Promise<Descriptor> {
  const config = await store.put(EMPTY_CONFIG);
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: ARTIFACT_TYPE,
    config: { mediaType: mediaTypes.ociEmpty, digest: config.digest, size: config.size },
    layers: [layer],
  };
  const { digest, size } = await store.put(Buffer.from(JSON.stringify(manifest)));
  return { mediaType: mediaTypes.ociManifest, digest, size };
}

/** `slipway source unpack`, in a pod: fetches the artifact and unpacks it into the folder, owned by the caller. */
export async function unpackSource(reference: string, folder: string, client: RegistryClient): Promise<void> {
  const ref = parseReference(reference);
  const { bytes, mediaType } = await client.getManifest(ref);
  const manifest = parseManifest(bytes, mediaType);
  const layer =
    'layers' in manifest && manifest.artifactType === ARTIFACT_TYPE ? manifest.layers[0] : undefined;
  if (layer === undefined) {
    throw new SlipwayError('invalid', 'SOURCE_BUNDLE', `${reference} is not a packed source folder`);
  }
  await mkdir(folder, { recursive: true });
  const tar = (await client.openBlob(ref, layer.digest)).pipe(createGunzip());
  await applyLayer(folder, tar, { owner: 'ignore', xattrs: 'ignore' });
}

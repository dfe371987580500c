import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { serviceAccountRegistry } from '@slipway/builder';
import { SlipwayError } from '@slipway/core';
import {
  applyLayer,
  ContentStore,
  type Descriptor,
  diffLayer,
  formatReference,
  type ImageManifest,
  mediaTypes,
  parseManifest,
  parseReference,
  pushImage,
  type Reference,
  type RegistryClient,
  writeLayer,
} from '@slipway/oci';
import type { Destination } from './destination.ts';

const ARTIFACT_TYPE = 'application/vnd.slipway.source.v1';
const EMPTY_CONFIG = Buffer.from('{}');

export interface SentFolder {
  /** The artifact as pods name it, by digest. */
  readonly reference: string;
  /** Deletes it from the registry again. */
  remove(): Promise<void>;
}

/**
 * Packs a folder as it is, uncommitted changes included, and pushes it as an OCI artifact beside the image: works the same on
 * the laptop and on a cluster, and needs no volume there.
 */
export async function sendFolder(
  folder: string,
  destination: Destination,
  client: RegistryClient,
  signal: AbortSignal,
): Promise<SentFolder> {
  await using scratch = await scratchFolder();
  const store = await ContentStore.open(scratch.path);
  const { descriptor } = await writeLayer(store, diffLayer(folder, {}));
  const manifest = await artifactManifest(store, descriptor);
  const here: Reference = {
    registry: destination.here.registry,
    repository: destination.here.repository,
    digest: manifest.digest,
  };
  await pushImage({ client, ref: here, store, manifest, signal });
  const inCluster: Reference = { ...here, registry: destination.inCluster.registry };
  return {
    reference: formatReference(inCluster),
    remove: async () => {
      await client.deleteManifest(here).catch(() => {}); // a registry may refuse deletes: the artifact then stays
    },
  };
}

async function artifactManifest(store: ContentStore, layer: Descriptor): Promise<Descriptor> {
  const config = await store.ingest([EMPTY_CONFIG] as never);
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.OCI_MANIFEST,
    artifactType: ARTIFACT_TYPE,
    config: { mediaType: mediaTypes.EMPTY, digest: config.digest, size: config.size },
    layers: [layer],
  };
  const info = await store.ingest([Buffer.from(JSON.stringify(manifest))] as never);
  return { mediaType: mediaTypes.OCI_MANIFEST, digest: info.digest, size: info.size };
}

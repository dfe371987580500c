import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core';
import {
  type Descriptor,
  digestAlgorithm,
  digestHex,
  formatPlatform,
  type ImageIndex,
  type Platform,
  parseImageConfig,
  parseManifest,
  platformMatches,
} from '@slipway/oci';
import type { BaseImage } from './base-image.ts';
import type { BuildSession } from './session.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';

/**
 * The image of a folder in the OCI image layout, `path[:tag][@digest]`; its blobs come to the content store, each verified. Throws
 * CONTEXT_LAYOUT, and IMAGE_PLATFORM where it is for other platforms only.
 */
export async function layoutImage(
  session: BuildSession,
  place: string,
  platform: Platform,
): Promise<BaseImage> {
  const [, path = '', tag, digest] = /^(.*?)(?::([\w.-]+))?(?:@(\w+:[0-9a-f]+))?$/.exec(place) ?? [];
  const index = parseManifest(await read(join(path, 'index.json'), place)) as ImageIndex;
  const named = index.manifests.filter(
    (one) => (digest ?? one.digest) === one.digest && (tag ?? nameOf(one)) === nameOf(one),
  );
  const [chosen] = named;
  if (chosen === undefined || (named.length > 1 && tag === undefined)) {
    throw failed(
      place,
      chosen === undefined ? 'it has no such image' : 'it has several images: name one by tag',
    );
  }
  const descriptor = await ofPlatform(path, place, chosen, platform);
  const manifest = parseManifest(await readBlob(path, place, descriptor));
  if (!('layers' in manifest)) throw failed(place, 'it has an index inside an index');
  for (const blob of [manifest.config, ...manifest.layers]) {
    if (await session.store.renew(blob.digest)) continue;
    await session.store.ingest(createReadStream(blobPath(path, blob)), blob);
  }
  const config = parseImageConfig(await readBlob(path, place, manifest.config));
  const layers = manifest.layers.map((layer, at) => ({
    diffId: config.rootfs.diff_ids[at]!,
    descriptor: layer,
    size: 0,
  }));
  return { title: `image ${place}`, digest: chosen.digest, config, layers };
}

function nameOf({ annotations }: Descriptor): string | undefined {
  // Some programs write the whole reference.
  return annotations?.[REF_NAME]?.replace(/^.*:/, '');
}

/** The manifest, or of an index the one for the platform. */
async function ofPlatform(
  path: string,
  place: string,
  chosen: Descriptor,
  platform: Platform,
): Promise<Descriptor> {
  const manifest = parseManifest(await readBlob(path, place, chosen));
  if (!('manifests' in manifest)) return chosen;
  const found = manifest.manifests.find(
    (one) => one.platform !== undefined && platformMatches(one.platform, platform),
  );
  if (found) return found;
  throw new SlipwayError(
    'unsupported',
    'IMAGE_PLATFORM',
    `the image in ${place} is not made for ${formatPlatform(platform)}`,
  );
}

function blobPath(path: string, { digest }: Descriptor): string {
  return join(path, 'blobs', digestAlgorithm(digest), digestHex(digest));
}

async function readBlob(path: string, place: string, descriptor: Descriptor): Promise<Buffer> {
  return await read(blobPath(path, descriptor), place);
}

async function read(file: string, place: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw failed(place, `${file} cannot be read`, cause);
  }
}

function failed(place: string, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError('invalid', 'CONTEXT_LAYOUT', `the OCI layout ${place} is not usable: ${why}`, {
    hint: 'write oci-layout://FOLDER:TAG or oci-layout://FOLDER@DIGEST',
    cause,
  });
}

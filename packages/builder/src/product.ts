import { SlipwayError } from '@slipway/core';
import {
  type Descriptor,
  formatPlatform,
  hostPlatform,
  type ImageIndex,
  mediaTypes,
  type Platform,
  parsePlatform,
} from '@slipway/oci';
import { type AssembledImage, assembleImage } from './assemble-image.ts';
import type { BuildRequest } from './build-options.ts';
import { requireRunnable } from './platform/require-runnable.ts';
import type { BuildSession } from './session.ts';
import { StageBuilder } from './stage-builder.ts';

/** The image for one platform. */
export interface PlatformImage extends AssembledImage {
  readonly platform: Platform;
}

/** What a build makes: an image, or an index of one for each platform. */
export interface Product {
  /** What is pushed, and what a name names: the image's manifest, or the index. */
  readonly manifest: Descriptor;
  readonly images: readonly PlatformImage[];
  /** Compressed bytes of all layers and configurations, those that images share once. */
  readonly size: number;
}

const ARCHITECTURE = /^[a-z0-9][a-z0-9_]*$/;

/** The platforms that the request names, each once. Throws PLATFORM_INVALID, OUTPUT_PLATFORMS. */
export function platformsOf({ platforms = [], platform, outputs = [] }: BuildRequest): Platform[] {
  const texts = platforms.length > 0 ? platforms : platform === undefined ? [] : [platform];
  const found = new Map<string, Platform>();
  for (const text of texts) {
    const one = text === 'local' ? hostPlatform() : parsePlatform(text);
    const valid = one.os === 'linux' && ARCHITECTURE.test(one.architecture);
    if (!valid || !/^[a-z0-9]*$/.test(one.variant ?? '') || text.split('/').length > 3)
      throw invalidPlatform(text, one);
    found.set(formatPlatform(one), one);
  }
  if (found.size > 1 && outputs.some(({ type }) => type === 'tar')) {
    throw new SlipwayError(
      'usage',
      'OUTPUT_PLATFORMS',
      'a tar of a root filesystem holds one platform, and this build has several',
      { hint: 'use type=local, which makes a folder for each, or type=oci' },
    );
  }
  return found.size === 0 ? [hostPlatform()] : [...found.values()];
}

function invalidPlatform(text: string, { os }: Platform): SlipwayError {
  const foreign = /^(windows|darwin|freebsd)$/.test(os);
  const why = foreign ? `images for ${os} are not built here` : 'it is not OS/ARCHITECTURE[/VARIANT]';
  return new SlipwayError('usage', 'PLATFORM_INVALID', `"${text}" is not a platform to build for: ${why}`, {
    hint: 'write it like linux/amd64, linux/arm64 or linux/arm/v7',
  });
}

/** Builds the image of each session, one after the other, and the index where there are several. */
export async function buildProduct(
  sessions: readonly BuildSession[],
  abort: AbortController,
): Promise<Product> {
  // Before anything runs: an emulator that is missing is not to be found out after the first platform's half hour.
  for (const session of sessions) if (!session.onlyCached) await requireRunnable(session);
  const images: PlatformImage[] = [];
  for (const session of sessions) {
    const state = await new StageBuilder(session, abort).build();
    images.push({ ...(await assembleImage(session, state)), platform: session.platform });
  }
  const [first] = images;
  if (images.length === 1) return { manifest: first!.manifest, images, size: first!.size };
  const blobs = images.flatMap(({ config, layers }) => [config, ...layers.map((layer) => layer.descriptor)]);
  const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]));
  const size = [...sizes.values()].reduce((sum, one) => sum + one, 0);
  return { manifest: await writeIndex(sessions[0]!, images), images, size };
}

async function writeIndex(
  { store, request }: BuildSession,
  images: readonly PlatformImage[],
): Promise<Descriptor> {
  const { format = 'oci', annotations = {} } = request;
  const mediaType = format === 'oci' ? mediaTypes.ociIndex : mediaTypes.dockerManifestList;
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType,
    manifests: images.map(({ manifest, platform }) => ({ ...manifest, platform })),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
  const { digest, size } = await store.put(Buffer.from(JSON.stringify(index)));
  return { mediaType, digest, size };
}

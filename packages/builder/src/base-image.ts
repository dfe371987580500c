import { SlipwayError } from '@slipway/core';
import {
  familiarReference,
  formatPlatform,
  type ImageConfig,
  type Platform,
  parseReference,
  pullImage,
} from '@slipway/oci';
import type { Layer } from './image/layer.ts';
import type { BuildSession } from './session.ts';

/** An image that a stage begins with or that files are taken from; its blobs are in the content store. */
export interface BaseImage {
  readonly title: string;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

/** Finds the image through the mirror table and fetches what the store lacks. */
export async function fetchImage(
  session: BuildSession,
  reference: string,
  platform: Platform,
  signal: AbortSignal,
): Promise<BaseImage> {
  const ref = parseReference(reference);
  const pulled = await pullImage({ client: session.client, ref, store: session.store, platform, signal });
  if (pulled.config.os !== 'linux') {
    throw new SlipwayError(
      'unsupported',
      'IMAGE_PLATFORM',
      `${reference} is an image for ${pulled.config.os}`,
      {
        hint: `this builds images for ${formatPlatform(platform)}`,
      },
    );
  }
  const layers = pulled.layers.map(({ diffId, descriptor }) => ({ diffId, descriptor, size: 0 }));
  return { title: `image ${familiarReference(ref)}`, config: pulled.config, layers };
}

import { SlipwayError, toSlipwayError } from '@slipway/core';
import {
  type Digest,
  familiarReference,
  formatPlatform,
  formatReference,
  type ImageConfig,
  type Platform,
  parseReference,
  resolveImage,
} from '@slipway/oci';
import type { Layer } from './image/layer.ts';
import { retryTransfer } from './registry-access.ts';
import type { BuildSession } from './session.ts';

/** An image that a stage begins with or that files are taken from; its layers come to the content store when they are needed. */
export interface BaseImage {
  readonly title: string;
  /** What the reference names: of the index where there is one. */
  readonly digest: Digest;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

/** Finds the image through the mirror table and fetches its manifest and configuration. */
export async function fetchImage(
  session: BuildSession,
  reference: string,
  platform: Platform,
  signal: AbortSignal,
): Promise<BaseImage> {
  const ref = parseReference(reference);
  const { client, store, request } = session;
  const { resolvedImages = {} } = request;
  const key = `${reference} ${formatPlatform(platform)}`;
  const known = resolvedImages[key];
  const from = known === undefined ? { ref } : { ref: parseReference(known), useStored: true };
  const pulled = await retryTransfer(request.registries?.pullRetries, signal, () =>
    resolveImage({ client, store, platform, signal, ...from }),
  ).catch((error) => {
    throw withHint(toSlipwayError(error), reference);
  });
  const { registry, repository } = pulled.ref;
  resolvedImages[key] = formatReference({ registry, repository, digest: pulled.digest });
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
  const { config, digest } = pulled;
  session.baseBlobs.learn(
    pulled.ref,
    layers.map(({ descriptor }) => descriptor),
  );
  return { title: `image ${familiarReference(ref)}`, digest, config, layers };
}

/** A name without a registry may be meant for a stage, or be an image that can be made here. */
function withHint(error: SlipwayError, reference: string): SlipwayError {
  const { kind, code, message, place, hint } = error;
  if (!['not-found', 'unavailable', 'timeout'].includes(kind)) return error;
  const stage = /^[a-z0-9._-]+$/i.test(reference)
    ? `no stage before this one is called "${reference}"; `
    : '';
  const seed = '"slipway seed" makes stand-ins for well-known images where no registry answers';
  const said = hint === undefined ? '' : `; ${hint}`;
  return new SlipwayError(kind, code, message, { place, hint: `${stage}${seed}${said}`, cause: error });
}

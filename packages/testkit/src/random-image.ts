import { randomBytes } from 'node:crypto';
import type { ContentStore } from '@slipway/oci';
import { type MadeImage, makeImage } from './image-maker.ts';

export interface RandomImageOptions {
  /** Default 2. */
  readonly layers?: number;
  /** Bytes of noise a layer. Default 1024. */
  readonly layerSize?: number;
}

/** An image that nobody else has: each layer is one file of noise. */
export async function randomImage(store: ContentStore, options: RandomImageOptions = {}): Promise<MadeImage> {
  const { layers = 2, layerSize = 1024 } = options;
  const noise = Array.from({ length: layers }, (_, index) => ({
    [`noise/${index}`]: new Uint8Array(randomBytes(layerSize)),
  }));
  return makeImage(store, { layers: noise });
}

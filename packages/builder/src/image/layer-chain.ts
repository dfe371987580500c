import { chainId } from '@slipway/oci';
import type { Layer } from './layer.ts';

/** What stands for a root filesystem in cache keys: the chain ID of its layers; empty for none. */
export function chainKey(layers: readonly Layer[]): string {
  return layers.length === 0 ? '' : chainId(layers.map((layer) => layer.diffId));
}

/** The same for each of the layers, topmost first. */
export function chainKeys(layers: readonly Layer[]): string[] {
  return layers.map((_, above) => chainKey(layers.slice(0, layers.length - above)));
}

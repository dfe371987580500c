import { hasOneId } from '@slipway/containers';
import type { EntryTable } from '../copy/entry-table.ts';
import type { Layer } from './layer.ts';

/** Of larger layers the unpacked files are looked at. */
const MAX_ENTRIES = 1000;

const planned = new WeakMap<Layer, EntryTable>();

/**
 * Keeps what a COPY or WORKDIR of this build has put into its layer, where that is not much. It must be an addition to the layers
 * below, which replaces no folder by something else.
 */
export function rememberPlan(layer: Layer, entries: EntryTable): void {
  if (entries.size <= MAX_ENTRIES) planned.set(layer, entries);
}

/** The layers as those of which the files have to be looked at, and the plans of those above, topmost first. */
export function splitPlanned(layers: readonly Layer[]): {
  readonly layers: readonly Layer[];
  readonly above: readonly EntryTable[];
} {
  // Where owners are recorded with the files, they are read from there.
  if (hasOneId()) return { layers, above: [] };
  const count = 1 + layers.findLastIndex((layer) => !planned.has(layer));
  const above = layers.slice(count).map((layer) => planned.get(layer)!);
  return { layers: layers.slice(0, count), above: above.reverse() };
}

import type { VariableScope } from '@slipway/dockerfile';
import type { CacheKey } from '../cache/cache-key.ts';
import type { SourceTree } from '../copy/source-tree.ts';
import type { Layer } from '../image/layer.ts';
import type { LayerCompression } from '../image/make-layer.ts';
import type { StageState } from '../image/stage-state.ts';
import type { RunningStep } from '../progress/step-reporter.ts';
import type { BuildSession } from '../session.ts';

/** A stage, an image or a folder that COPY --from and RUN --mount read from. */
export type FileSource =
  | { readonly kind: 'layers'; readonly title: string; readonly layers: readonly Layer[] }
  | { readonly kind: 'folder'; readonly tree: SourceTree };

/** What an instruction that makes a layer works with. */
export interface LayerContext {
  readonly session: BuildSession;
  readonly state: StageState;
  readonly scope: VariableScope;
  readonly step: RunningStep;
  readonly compression: LayerCompression;
  /** What the instruction's `from`s name, in their order, once it is built or pulled. */
  readonly sources: readonly FileSource[];
}

/** The layer that an instruction made or found; undefined where it changed nothing. */
export interface LayerResult {
  readonly layer: Layer | undefined;
  readonly cached: boolean;
}

/** The result under the first of the keys that has one, stored under the others as well. */
export async function fromCache(
  session: BuildSession,
  key: CacheKey,
  alsoUnder: readonly CacheKey[] = [],
): Promise<LayerResult | undefined> {
  if (session.request.noCache) return undefined;
  const found = await session.cache.get(key);
  if (!found) return undefined;
  for (const other of alsoUnder) await session.cache.put(other, found);
  return { layer: found.layer, cached: true };
}

/** Stores a fresh result under all its keys. */
export async function toCache(
  session: BuildSession,
  layer: Layer | undefined,
  keys: readonly CacheKey[],
): Promise<LayerResult> {
  for (const key of keys) await session.cache.put(key, { layer });
  return { layer, cached: false };
}

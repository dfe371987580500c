import type { VariableScope } from '@slipway/dockerfile';
import type { CachedKind } from '../build-options.ts';
import type { CacheKey } from '../cache/cache-key.ts';
import type { StepTrace } from '../cache/explain/step-trace.ts';
import { notCached } from '../cache/not-cached.ts';
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
  /** Notes what the step depends on, to say why it missed the cache. */
  readonly trace: StepTrace;
  readonly compression: LayerCompression;
  /** Whether a later step of the stage reads the root filesystem, this layer included. */
  readonly isRead: boolean;
  /** What the instruction's `from`s name, in their order, once it is built or pulled. */
  readonly sources: readonly FileSource[];
}

/** The layer that an instruction made or found; undefined where it changed nothing. */
export interface LayerResult {
  readonly layer: Layer | undefined;
  readonly cached: boolean;
  /** When it was made: a result from the cache keeps its time, so that the same input gives the same image. */
  readonly created: Date;
}

/** The result under the key, on this machine or in a registry; it is stored under the others as well. */
export async function fromCache(
  session: BuildSession,
  kind: CachedKind,
  key: CacheKey,
  alsoUnder: readonly CacheKey[] = [],
): Promise<LayerResult | undefined> {
  const { cache, registryCache, request } = session;
  if (request.noCache) return undefined;
  const own = await cache.get(key);
  const found = own ?? (await registryCache?.get(key, kind));
  if (!found && session.onlyCached) throw notCached();
  if (!found) return undefined;
  const missing = own?.created === undefined ? [key, ...alsoUnder] : alsoUnder;
  for (const each of [key, ...alsoUnder]) registryCache?.put(each, kind, found);
  const { created } = session;
  const made = request.sourceDateEpoch === undefined ? (found.created ?? created) : created;
  for (const other of missing) await cache.put(other, { layer: found.layer, created: made });
  return { layer: found.layer, cached: true, created: made };
}

/** Stores a fresh result under all its keys. */
export async function toCache(
  session: BuildSession,
  kind: CachedKind,
  layer: Layer | undefined,
  keys: readonly CacheKey[],
): Promise<LayerResult> {
  const { created } = session;
  // Each record is synced: side by side that takes the time of one.
  await Promise.all(keys.map((key) => session.cache.put(key, { layer, created })));
  for (const key of keys) session.registryCache?.put(key, kind, { layer, created });
  return { layer, cached: false, created };
}

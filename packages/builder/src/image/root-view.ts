import { chainId, type LayerStore } from '@slipway/oci';
import { notCached } from '../cache/not-cached.ts';
import { bytePath } from '../copy/byte-path.ts';
import { hasWildcard } from '../copy/glob.ts';
import { type BaseRoot, LayeredRoot } from '../copy/layered-root.ts';
import { hasAsFiles } from '../copy/top-layer.ts';
import type { RootView } from '../isolation/rung.ts';
import type { BuildSession } from '../session.ts';
import type { Layer } from './layer.ts';
import { chainKey } from './layer-chain.ts';

/** Bytes of a layer's tar that are unpacked in passing. */
const SMALL_LAYER = 1024 * 1024;

/** The merged root filesystem of some layers, to be read; its path is undefined where there are no layers. */
export interface LayersView extends AsyncDisposable {
  readonly path: string | undefined;
}

/**
 * Unpacks the layers that are not unpacked yet and shows them as one folder. A single layer is its own folder. So is the topmost
 * one where only these `paths`, as COPY names them, are looked at, and it has them all: what RUN has just made.
 */
export async function viewLayers(
  session: BuildSession,
  layers: readonly Layer[],
  paths: readonly string[] = [],
): Promise<LayersView> {
  const lower = await lowerFolders(session, layers);
  const plain = paths.length > 0 && !paths.some(hasWildcard);
  if (lower.length <= 1 || (plain && hasAsFiles(lower[0]!, paths.map(bytePath))))
    return { path: lower[0], [Symbol.asyncDispose]: async () => {} };
  return leftOnce(await (await session.rung()).view(lower));
}

/** Its user may leave it early, and again at the end of its scope. */
function leftOnce(view: RootView): RootView {
  let left: Promise<void> | undefined;
  return {
    path: view.path,
    [Symbol.asyncDispose]: async () => {
      left ??= Promise.resolve(view[Symbol.asyncDispose]());
      await left;
    },
  };
}

/** As `viewLayers`, for somebody who looks paths up and reads nothing: in an attempt nothing is merged for that. */
export async function lookAtLayers(
  session: BuildSession,
  layers: readonly Layer[],
): Promise<LayersView & { readonly root: BaseRoot | undefined }> {
  if (session.attempt === undefined) {
    const view = await viewLayers(session, layers);
    return { path: view.path, root: view.path, [Symbol.asyncDispose]: () => view[Symbol.asyncDispose]() };
  }
  const owners = await session.attempt.owners();
  if (owners === undefined) throw notCached();
  await requireUnpacked(session, layers, owners === 'all' ? SMALL_LAYER : 0);
  const lower = await lowerFolders(session, layers);
  const options = { owners, unclear: notCached };
  const root = lower.length === 0 ? undefined : new LayeredRoot(lower, options);
  return { path: undefined, root, [Symbol.asyncDispose]: async () => {} };
}

/** Throws NOT_CACHED where more than such small layers of earlier builds, which are ours, would have to be unpacked. */
async function requireUnpacked(
  { layers: store }: BuildSession,
  layers: readonly Layer[],
  mostBytes: number,
): Promise<void> {
  const diffIds = layers.map(({ diffId }) => diffId);
  for (const [index, { size }] of layers.entries()) {
    const isSmall = size > 0 && size <= mostBytes; // 0 of a base image.
    if (!isSmall && !(await store.find(chainId(diffIds.slice(0, index + 1))))) throw notCached();
  }
}

/** The unpacked layers, topmost first. */
export async function lowerFolders(session: BuildSession, layers: readonly Layer[]): Promise<string[]> {
  if (layers.length === 0) return [];
  const known = knownFolders(session);
  const chains = layers.map((_, index) => chainKey(layers.slice(0, index + 1))).reverse();
  const folders = chains.map((chain) => known.get(chain)).filter((folder) => folder !== undefined);
  if (folders.length === chains.length) return folders;
  const unpacked = await session.layers.unpack(layers, session.signal);
  for (const [index, chain] of chains.entries()) known.set(chain, unpacked[index]!);
  return unpacked;
}

/** Notes where the topmost of these layers was unpacked. */
export function noteUnpacked(session: BuildSession, layers: readonly Layer[], folder: string): void {
  knownFolders(session).set(chainKey(layers), folder);
}

const unpackedFolders = new WeakMap<LayerStore, Map<string, string>>();

/** By chain ID. The store is asked once for each layer: what a build has asked for, or made, is not pruned while it runs. */
function knownFolders({ layers }: BuildSession): Map<string, string> {
  const known = unpackedFolders.get(layers) ?? new Map<string, string>();
  unpackedFolders.set(layers, known);
  return known;
}

import { bytePath } from '../copy/byte-path.ts';
import { hasWildcard } from '../copy/glob.ts';
import { hasAsFiles } from '../copy/top-layer.ts';
import type { RootView } from '../isolation/rung.ts';
import type { BuildSession } from '../session.ts';
import type { Layer } from './layer.ts';

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
  const view: RootView = await (await session.rung()).view(lower);
  return view;
}

/** The unpacked layers, topmost first. */
export async function lowerFolders(session: BuildSession, layers: readonly Layer[]): Promise<string[]> {
  return layers.length === 0 ? [] : await session.layers.unpack(layers, session.signal);
}

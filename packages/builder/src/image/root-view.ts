import type { RootView } from '../isolation/rung.ts';
import type { BuildSession } from '../session.ts';
import type { Layer } from './layer.ts';

/** The merged root filesystem of some layers, to be read; its path is undefined where there are no layers. */
export interface LayersView extends AsyncDisposable {
  readonly path: string | undefined;
}

/** Unpacks the layers that are not unpacked yet and shows them as one folder. A single layer is its own folder. */
export async function viewLayers(session: BuildSession, layers: readonly Layer[]): Promise<LayersView> {
  const lower = await lowerFolders(session, layers);
  if (lower.length <= 1) return { path: lower[0], [Symbol.asyncDispose]: async () => {} };
  const view: RootView = await (await session.rung()).view(lower);
  return view;
}

/** The unpacked layers, topmost first. */
export async function lowerFolders(session: BuildSession, layers: readonly Layer[]): Promise<string[]> {
  return layers.length === 0 ? [] : await session.layers.unpack(layers, session.signal);
}

import type { Stats } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { type Place, SlipwayError } from '@slipway/core';
import type { Mount as MountSpec } from '@slipway/dockerfile';
import { applyLayer } from '@slipway/oci';
import { bytePath, hostPath } from '../copy/byte-path.ts';
import { copyLayer } from '../copy/copy-layer.ts';
import { planTree } from '../copy/copy-plan.ts';
import { resolveInRoot } from '../copy/resolve-in-root.ts';
import type { SourceTree } from '../copy/source-tree.ts';
import { viewLayers } from '../image/root-view.ts';
import type { FileSource, LayerContext } from './layer-step.ts';

/** What a mount shows, on this machine. */
export interface FoundSource {
  readonly file: string;
  readonly stat: Stats;
}

/** The file or folder that a `--mount` names with `from` and `source`; without a `from`, of the build context. Throws RUN_MOUNT. */
export async function findSource(
  context: LayerContext,
  from: FileSource | undefined,
  { source = '/' }: Pick<MountSpec, 'source'>,
  place: Place,
  stack: AsyncDisposableStack,
): Promise<FoundSource> {
  const root = await rootOf(context, from, stack);
  const file = hostPath(root, resolveInRoot(root, bytePath(source))).toString();
  const found = await stat(file).catch(() => undefined);
  if (found) return { file, stat: found };
  throw new SlipwayError('invalid', 'RUN_MOUNT', `the source ${source} of the mount does not exist`, {
    place,
  });
}

async function rootOf(
  context: LayerContext,
  from: FileSource | undefined,
  stack: AsyncDisposableStack,
): Promise<string> {
  const { session } = context;
  if (from?.kind === 'layers') {
    const view = stack.use(await viewLayers(session, from.layers));
    return view.path ?? (await session.scratch.subfolder('empty'));
  }
  const tree = from?.tree ?? session.context;
  return tree.ignore === undefined ? tree.root : await withoutIgnored(context, tree, stack);
}

/** The context without what .dockerignore leaves out, as a folder. */
async function withoutIgnored(
  context: LayerContext,
  tree: SourceTree,
  stack: AsyncDisposableStack,
): Promise<string> {
  const folder = await context.session.scratch.subfolder('context');
  await copyTree(context, tree, folder);
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Puts the content of a tree into an empty folder: unpacked from the layer that a COPY of it would make. */
export async function copyTree({ session }: LayerContext, tree: SourceTree, folder: string): Promise<void> {
  const tar = copyLayer(planTree(tree, session.created));
  await applyLayer(folder, tar, { signal: session.signal });
}

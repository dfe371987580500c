import { hasOneId } from '@slipway/containers';
import { ignoreMatcher } from '@slipway/dockerfile';
import { notedOwners, readAttributes } from '@slipway/oci';
import { type CacheKey, cacheKey, type KeyPart } from '../cache/cache-key.ts';
import type { StepDependencies } from '../cache/explain/step-trace.ts';
import type { BytePath } from '../copy/byte-path.ts';
import { copyLayer } from '../copy/copy-layer.ts';
import { type CopyPlanOptions, type CopySource, planCopy } from '../copy/copy-plan.ts';
import { entriesDigest } from '../copy/entries-digest.ts';
import type { EntryTable } from '../copy/entry-table.ts';
import { parseFileMode } from '../copy/file-mode.ts';
import { namesUsers, resolveOwner } from '../copy/owner.ts';
import { takeRecordedOwners } from '../copy/recorded-owners.ts';
import { requireSameFiles } from '../copy/same-files.ts';
import { matchParents, matchSource, type SourceTree } from '../copy/source-tree.ts';
import type { Layer } from '../image/layer.ts';
import { chainKey } from '../image/layer-chain.ts';
import { makeLayer, makeLayerUnpacked } from '../image/make-layer.ts';
import { rememberPlan, splitPlanned } from '../image/planned-layers.ts';
import { lookAtLayers, lowerFolders, viewLayers } from '../image/root-view.ts';
import type { StageState } from '../image/stage-state.ts';
import type { InstructionOf } from './instruction-handler.ts';
import { type FileSource, fromCache, type LayerContext, type LayerResult, toCache } from './layer-step.ts';
import { SourceWalk } from './source-walk.ts';
import { workingFolder } from './workdir.ts';

/** COPY: files of the context, a stage or an image. */
export async function copyFiles(
  context: LayerContext,
  instruction: InstructionOf<'copy'>,
): Promise<LayerResult> {
  const { session, state } = context;
  const source: FileSource = context.sources[0] ?? { kind: 'folder', tree: session.context };
  const paths = instruction.sources.map((word) => word.text);
  const spec = copySpec(state, instruction, { parents: instruction.parents, paths });
  if (source.kind === 'folder') return await copyFrom(context, instruction, spec, source.tree, []);

  // A stage that is known by its layers need not be unpacked to see that nothing changed.
  const from = chainKey(source.layers);
  const key = cacheKey('copy-from', { ...spec, from });
  context.trace.depends(key, dependencies(spec, { [source.title]: from }));
  const known = await fromCache(session, 'copy', key);
  if (known) return known;
  await using view = await viewLayers(session, source.layers, instruction.parents ? [] : paths);
  const root = view.path ?? (await session.scratch.subfolder('empty'));
  const tree = { root, title: source.title, keepsOwners: true };
  const named = paths.flatMap((path) => namedBy(tree, path, instruction.parents));
  const { xattrs, owners } = await readAttributes(root, named, session.signal);
  const noted = hasOneId() ? notedOwners(await lowerFolders(session, source.layers)) : undefined;
  const files = { ...tree, xattrs, owners: noted && new Map([...noted, ...owners]) };
  return await copyFrom(context, instruction, spec, files, [key]);
}

/** The real paths that a source names. */
function namedBy(tree: SourceTree, source: string, parents: boolean): BytePath[] {
  if (!parents) return matchSource(tree, source).map(({ resolved }) => resolved);
  return matchParents(tree, source).map(({ match }) => match.resolved);
}

async function copyFrom(
  context: LayerContext,
  instruction: InstructionOf<'copy'>,
  spec: Record<string, KeyPart>,
  tree: SourceTree,
  keys: readonly CacheKey[],
): Promise<LayerResult> {
  const files = instruction.sources.map((word): CopySource => ({ kind: 'tree', tree, path: word.text }));
  const plan = {
    sources: [...files, ...inlineSources(instruction)],
    excludes: instruction.exclude.length === 0 ? undefined : ignoreMatcher(instruction.exclude),
    keepParents: instruction.parents,
  };
  return await copySources(context, instruction, spec, plan, keys);
}

/** The files that stand in the Dockerfile itself. */
export function inlineSources(instruction: InstructionOf<'copy' | 'add'>): CopySource[] {
  return instruction.inline.map(({ name, content }) => ({
    kind: 'inline',
    name,
    content: Buffer.from(content),
  }));
}

/** What a COPY or ADD says, apart from the files: part of its cache keys. */
export function copySpec(
  state: StageState,
  instruction: InstructionOf<'copy' | 'add'>,
  more: Record<string, KeyPart>,
): Record<string, KeyPart> {
  const { chown, chmod, link, exclude } = instruction;
  const chain = chainKey(state.layers);
  return { chain, destination: destinationOf(state, instruction), chown, chmod, link, exclude, ...more };
}

/** Absolute, with the trailing slash kept. */
function destinationOf(state: StageState, instruction: InstructionOf<'copy' | 'add'>): string {
  const { text } = instruction.destination;
  const folder = workingFolder(state, text);
  return folder !== '/' && /(^|\/)\.{0,2}$/.test(text) ? `${folder}/` : folder;
}

type FilePlan = Pick<CopyPlanOptions, 'sources' | 'excludes' | 'keepParents'>;

/**
 * Copies files by content: looked up by the sources alone first, which needs no root filesystem; then by the exact layer;
 * then the layer is made.
 */
export async function copySources(
  context: LayerContext,
  instruction: InstructionOf<'copy' | 'add'>,
  spec: Record<string, KeyPart>,
  files: FilePlan,
  keys: readonly CacheKey[],
): Promise<LayerResult> {
  const { session, state } = context;
  const digest = async (entries: EntryTable): Promise<string> =>
    await entriesDigest(entries, session.fileIndex, session.signal);
  const plain = { ...files, destination: spec.destination as string, now: session.created };
  // In a folder, whatever the destination is: otherwise of several files that a pattern matches only one would count.
  const sourcePlan = { ...plain, destination: `${plain.destination}/`, rootfs: undefined };
  const walk = SourceWalk.of(session, sourcePlan);
  const unchanged = walk && (await asInLastBuild(context, spec, walk));
  if (unchanged) return unchanged;
  const sourceEntries = planCopy({ ...sourcePlan, walk: walk?.record });
  const sourceDigest = await digest(sourceEntries);
  const sourceKey = cacheKey('copy', { ...spec, files: sourceDigest });
  context.trace.reads(sourceEntries, rootsOf(files));
  const [source] = context.sources;
  const from = source?.kind === 'layers' ? { [source.title]: chainKey(source.layers) } : {};
  context.trace.depends(sourceKey, dependencies(spec, from));
  const bySource = await fromCache(session, 'copy', sourceKey, keys);
  await walk?.keep(sourceDigest);
  if (bySource) return bySource;

  session.attempt?.requireFew(sourceEntries);
  const isPlain = !instruction.link && files.sources.every(({ kind }) => kind !== 'archive');
  const below =
    isPlain && !namesUsers(instruction.chown)
      ? splitPlanned(state.layers)
      : { layers: state.layers, above: [] };
  await using view = instruction.link ? noView() : await lookAtLayers(session, below.layers);
  const owner = await resolveOwner(view.path, instruction.chown);
  const mode = instruction.chmod === undefined ? undefined : parseFileMode(instruction.chmod);
  const entries = planCopy({ ...plain, rootfs: view.root, above: below.above, owner, mode });
  if (hasOneId()) await takeRecordedOwners(entries, view.path, session.signal);
  const layerKey = cacheKey('files', {
    entries: await digest(entries),
    epoch: session.request.sourceDateEpoch,
  });
  requireSameFiles(sourceEntries, entries, { modes: mode === undefined });
  // Of an archive the files that it links to are read there.
  if (isPlain) await view[Symbol.asyncDispose]();
  const byLayer = await fromCache(session, 'copy', layerKey, [...keys, sourceKey]);
  if (byLayer) return byLayer;
  await context.trace.missed(session.request.noCache);
  if (entries.changesNothing) return await toCache(session, 'copy', undefined, [...keys, sourceKey]);
  const layer = await packLayer(context, entries);
  if (isPlain) rememberPlan(layer, entries);
  return await toCache(session, 'copy', layer, [...keys, sourceKey, layerKey]);
}

async function packLayer(context: LayerContext, entries: EntryTable): Promise<Layer> {
  const { session, state, compression } = context;
  const { sourceDateEpoch } = session.request;
  const tar = copyLayer(entries, { sourceDateEpoch, signal: session.signal });
  if (!context.isRead) return await makeLayer(session, tar, compression);
  return await makeLayerUnpacked(session, state.layers, tar, compression);
}

/** The result where the last build had the same and nothing changed since, which takes no plan to see. */
async function asInLastBuild(
  { session, trace }: LayerContext,
  spec: Record<string, KeyPart>,
  walk: SourceWalk,
): Promise<LayerResult | undefined> {
  const files = await walk.knownDigest();
  const key = cacheKey('copy', { ...spec, files });
  if (files === undefined || !trace.hadKey(key)) return undefined;
  const known = await fromCache(session, 'copy', key);
  if (known) trace.depends(key, dependencies(spec, {}));
  return known;
}

function dependencies(spec: Record<string, KeyPart>, sources: Record<string, string>): StepDependencies {
  const { chain, ...settings } = spec;
  return { chain: String(chain), settings, sources };
}

/** The folders that the files are read from, as byte strings. */
function rootsOf({ sources }: FilePlan): string[] {
  const roots = sources.flatMap((source) => (source.kind === 'tree' ? [source.tree.root] : []));
  return [...new Set(roots)].map((root) => Buffer.from(root).toString('latin1'));
}

function noView(): { path: undefined; root: undefined } & AsyncDisposable {
  return { path: undefined, root: undefined, [Symbol.asyncDispose]: async () => {} };
}

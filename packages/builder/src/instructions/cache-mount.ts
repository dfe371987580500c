import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Place, SlipwayError } from '@slipway/core';
import type { Mount as MountSpec } from '@slipway/dockerfile';
import { mountFolder, noteUse } from '../cache/mount-folders.ts';
import { chainKey } from '../image/layer-chain.ts';
import type { Mount } from '../isolation/run-mount.ts';
import { giveTo } from '../isolation/single-id/give-to.ts';
import type { FileSource, LayerContext } from './layer-step.ts';
import { copyTree, findSource } from './mount-source.ts';

/** The RUNs of this process that hold a `sharing=locked` cache, by its folder. */
const holders = new Map<string, Promise<void>>();

interface CacheMount {
  readonly spec: MountSpec;
  readonly place: Place;
  /** Absolute. */
  readonly target: string;
  /** What a new folder is filled with. */
  readonly source: FileSource | undefined;
}

/** `--mount=type=cache`: a folder that later builds find again, by id. Of a `private` one each RUN at a time has its own. Throws RUN_MOUNT. */
export async function mountCache(
  context: LayerContext,
  mount: CacheMount,
  stack: AsyncDisposableStack,
): Promise<Mount> {
  const { spec, target } = mount;
  const id = idOf(context, mount);
  const folder =
    spec.sharing === 'private'
      ? await takePrivate(context, id, stack)
      : mountFolder(context.session.request.store.cacheDir, id);
  if (spec.sharing !== 'private') await noteUse(folder, id);
  if (spec.sharing === 'locked') stack.defer(await lock(folder));
  if (await mkdir(folder, { recursive: true })) await fill(context, mount, folder, stack);
  return { type: 'bind', source: folder, target, readOnly: spec.readOnly, kind: 'folder' };
}

/** As BuildKit has it: the target as it is written, and what it begins with where the build gives caches a name space. */
function idOf({ session }: LayerContext, { spec, source }: CacheMount): string {
  const own = spec.id ?? posix.normalize(spec.target ?? '').replace(/(?<=.)\/$/, '');
  const from =
    source?.kind === 'layers' && source.layers.length > 0 ? ` from ${chainKey(source.layers)}` : '';
  const folder = source?.kind === 'folder' ? ` from ${source.tree.root}` : '';
  const part = from || folder ? ` ${spec.source ?? '/'}` : '';
  const space = session.request.buildArgs?.BUILDKIT_CACHE_MOUNT_NS;
  return `${space ? `${space}/` : ''}${own}${from}${folder}${part}`;
}

/** A new cache has what `from` has, or is empty; owner and mode are for an empty one. */
async function fill(
  context: LayerContext,
  { spec, source, place }: CacheMount,
  folder: string,
  stack: AsyncDisposableStack,
): Promise<void> {
  const { uid, gid, mode } = spec;
  const isWhole = posix.join('/', spec.source ?? '') === '/';
  const isOwned = uid !== undefined || gid !== undefined || mode !== undefined;
  if (isWhole && (isOwned || source === undefined)) {
    await giveTo(folder, { uid, gid });
    return await chmod(folder, mode ?? 0o755);
  }
  const empty: FileSource = { kind: 'layers', title: 'scratch', layers: [] };
  const { file, stat } = await findSource(context, source ?? empty, spec, place, stack);
  if (!stat.isDirectory()) {
    throw new SlipwayError('invalid', 'RUN_MOUNT', `the source ${spec.source} of the cache is no folder`, {
      place,
    });
  }
  await copyTree(context, { root: file, title: 'the base of the cache', keepsOwners: true }, folder);
  await giveTo(folder, { uid: stat.uid, gid: stat.gid });
  await chmod(folder, stat.mode & 0o7777);
}

/** Moves a folder that nobody uses out of those of this id, and back behind the RUN: a move is for one build alone. */
async function takePrivate(
  { session }: LayerContext,
  id: string,
  stack: AsyncDisposableStack,
): Promise<string> {
  const pool = mountFolder(session.request.store.cacheDir, `private ${id}`);
  await noteUse(pool, id);
  const own = join(await session.scratch.subfolder('cache'), 'content');
  stack.defer(async () => {
    await mkdir(pool, { recursive: true });
    await rename(own, join(pool, randomUUID()));
  });
  for (const name of await readdir(pool).catch(() => [])) {
    try {
      await rename(join(pool, name), own);
      break;
    } catch {
      // Another build was faster.
    }
  }
  return own;
}

/** Waits until no other step holds the folder; returns what gives it back. */
async function lock(folder: string): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const before = holders.get(folder);
  holders.set(
    folder,
    (before ?? Promise.resolve()).then(() => promise),
  );
  await before;
  return resolve;
}

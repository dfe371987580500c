import { chmod, mkdir } from 'node:fs/promises';
import type { Mount as MountSpec } from '@slipway/dockerfile';
import { mountFolder, noteUse } from '../cache/mount-folders.ts';
import type { Mount } from '../isolation/run-mount.ts';
import { giveTo } from '../isolation/single-id/give-to.ts';
import type { LayerContext } from './layer-step.ts';

/** The RUNs of this process that hold a `sharing=locked` cache, by its folder. */
const holders = new Map<string, Promise<void>>();

/** `--mount=type=cache`: a folder that later builds find again, by id. `private` caches are kept for one build. */
export async function mountCache(
  context: LayerContext,
  spec: MountSpec,
  target: string,
  stack: AsyncDisposableStack,
): Promise<Mount> {
  const { request, scratch } = context.session;
  const id = spec.id ?? target;
  const shared = mountFolder(request.store.cacheDir, id);
  const folder = spec.sharing === 'private' ? await scratch.subfolder('cache') : shared;
  if (folder === shared) await noteUse(folder, id);
  if (spec.sharing === 'locked') stack.defer(await lock(folder));
  if (await mkdir(folder, { recursive: true })) {
    await giveTo(folder, spec);
    await chmod(folder, spec.mode ?? 0o755);
  }
  return { type: 'bind', source: folder, target, readOnly: spec.readOnly, kind: 'folder' };
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

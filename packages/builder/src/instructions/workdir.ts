import { hasOneId, resolveUser } from '@slipway/containers';
import { cacheKey } from '../cache/cache-key.ts';
import { copyLayer } from '../copy/copy-layer.ts';
import { planFolder } from '../copy/copy-plan.ts';
import { takeRecordedOwners } from '../copy/recorded-owners.ts';
import { chainKey } from '../image/layer-chain.ts';
import { makeLayer } from '../image/make-layer.ts';
import { rememberPlan, splitPlanned } from '../image/planned-layers.ts';
import { viewLayers } from '../image/root-view.ts';
import { defaultsOf, type StageState } from '../image/stage-state.ts';
import { fromCache, type LayerContext, type LayerResult, toCache } from './layer-step.ts';

/** The folder that WORKDIR means: absolute, or below the one before. */
export function workingFolder(state: StageState, path: string): string {
  const before = defaultsOf(state).WorkingDir || '/';
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${before}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Makes the folder where it does not exist, owned by the stage's user, as BuildKit does. */
export async function makeWorkingFolder(context: LayerContext, folder: string): Promise<LayerResult> {
  const { session, state } = context;
  const user = defaultsOf(state).User ?? '';
  const chain = chainKey(state.layers);
  const key = cacheKey('workdir', { chain, folder, user });
  context.trace.depends(key, { chain, settings: { folder, user } });
  const known = await fromCache(session, 'copy', key);
  if (known) return known;
  await context.trace.missed(session.request.noCache);
  // Users are looked up in files, which a plan does not have.
  const { layers, above } = user === '' ? splitPlanned(state.layers) : { layers: state.layers, above: [] };
  await using view = await viewLayers(session, layers);
  const owner = user === '' || view.path === undefined ? undefined : await resolveUser(view.path, user);
  const entries = planFolder({ destination: folder, rootfs: view.path, above, owner, now: session.created });
  if (entries && hasOneId()) await takeRecordedOwners(entries, view.path, session.signal);
  if (entries === undefined) return await toCache(session, 'copy', undefined, [key]);
  const { sourceDateEpoch } = session.request;
  const layer = await makeLayer(
    session,
    copyLayer(entries, { sourceDateEpoch, signal: session.signal }),
    context.compression,
  );
  rememberPlan(layer, entries);
  return await toCache(session, 'copy', layer, [key]);
}

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ContentStore, type Digest } from '@slipway/oci';
import { namedBlobs } from '@slipway/registry';
import { findRunning } from '../lock.ts';
import type { StateFolder } from '../state-folder.ts';
import { pulledImages } from './pulled-images.ts';

/** A push to a running registry may be about to name what was stored or asked for within this time, as with its own garbage. */
const PUSH_MS = 3600 * 1000;

/** Those of the content store's blobs that the registry or the pods need, so that the builder's cache leaves them. */
export async function neededBlobs(folder: StateFolder, digests: readonly Digest[]): Promise<Digest[]> {
  const store = await ContentStore.open(folder.content);
  const needed = new Set<Digest>(await pulledImages(store));
  const hasRegistry = await stat(join(folder.registry, 'registry.db')).catch(() => undefined);
  if (hasRegistry) for (const digest of namedBlobs(folder.registry, digests)) needed.add(digest);
  if ((await findRunning(folder)) !== undefined) {
    for (const digest of digests) {
      const found = await stat(store.path(digest)).catch(() => undefined);
      if (found !== undefined && found.mtimeMs > Date.now() - PUSH_MS) needed.add(digest);
    }
  }
  return digests.filter((digest) => needed.has(digest));
}

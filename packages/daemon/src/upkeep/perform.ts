import { formatBytes, parseDuration } from '@slipway/core';
import type { RegistryMaintenanceSpec, RegistryMaintenanceStatus } from '@slipway/kube';
import { ContentStore } from '@slipway/oci';
import type { GarbageReport, RegistryService } from '@slipway/registry';
import type { StateFolder } from '../state-folder.ts';
import { cachedBlobs } from './cached-blobs.ts';
import { pulledImages } from './pulled-images.ts';
import { requireNoStoreUsers } from './store-users.ts';

/** What a run of upkeep leaves behind. */
export type Upkeep = Pick<RegistryMaintenanceStatus, 'message' | 'garbage' | 'check'>;

/** Collects garbage, or checks the registry, as the spec says. Throws STORE_BUSY. */
export async function performUpkeep(
  service: RegistryService,
  folder: StateFolder,
  spec: RegistryMaintenanceSpec,
): Promise<Upkeep> {
  if (spec.action === 'Check') {
    const { manifests, blobs, problems } = await service.fsck({ deep: spec.deep ?? false });
    const found = problems.length === 0 ? 'no problem' : `${problems.length} problems`;
    const message = `${found} in ${manifests} manifests and ${blobs} blobs`;
    return { message, check: { manifests, blobs, problems: [...problems] } };
  }
  await requireNoStoreUsers(folder);
  const cached = await cachedBlobs(folder.buildCache);
  const pulled = await pulledImages(await ContentStore.open(folder.content));
  const garbage = await service.collectGarbage({
    dryRun: spec.dryRun ?? false,
    untagged: spec.untagged ?? false,
    keep: (digest) => cached.has(digest) || pulled.has(digest),
    ...(spec.grace !== undefined && { graceMs: parseDuration(spec.grace) }),
  });
  return { message: garbageMessage(garbage, spec.dryRun ?? false), garbage };
}

function garbageMessage({ manifests, files, bytes, uploads }: GarbageReport, dryRun: boolean): string {
  const parts = [`${files} files (${formatBytes(bytes)})`];
  if (manifests > 0) parts.push(`${manifests} manifests`);
  if (uploads > 0) parts.push(`${uploads} uploads`);
  return `${dryRun ? 'would remove' : 'removed'} ${parts.join(', ')}`;
}

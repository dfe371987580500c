import { silentLogger } from '@slipway/core';
import type { RegistryMaintenanceSpec } from '@slipway/kube';
import { ContentStore } from '@slipway/oci';
import { createRegistryHandler, openAccess } from '@slipway/registry';
import { lockStateFolder } from '../lock.ts';
import { createStateFolder, stateFolder } from '../state-folder.ts';
import { performUpkeep, type Upkeep } from './perform.ts';

/**
 * Upkeep of the registry of a state folder in which no control plane runs; none can start before it is done. Throws
 * STATE_LOCKED when one runs, STORE_BUSY when another command works with the store.
 */
export async function offlineUpkeep(stateDir: string, spec: RegistryMaintenanceSpec): Promise<Upkeep> {
  const folder = stateFolder(stateDir);
  await createStateFolder(folder);
  await using _lock = await lockStateFolder(folder, { purpose: 'upkeep' });
  const service = createRegistryHandler({
    store: await ContentStore.open(folder.content),
    metadataDir: folder.registry,
    access: openAccess(),
    logger: silentLogger,
  });
  try {
    return await performUpkeep(service, folder, spec);
  } finally {
    await service.close();
  }
}

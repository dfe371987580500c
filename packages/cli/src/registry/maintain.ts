import { SlipwayError } from '@slipway/core';
import {
  controlPlaneEndpoints,
  defaultStateDir,
  findRunning,
  offlineUpkeep,
  stateFolder,
  type Upkeep,
} from '@slipway/daemon';
import {
  HttpKubeClient,
  type RegistryMaintenance,
  type RegistryMaintenanceSpec,
  resources,
} from '@slipway/kube';
import { interruptible } from '../interruption.ts';

const TYPE = resources.registrymaintenances;

/**
 * Upkeep of the registry. The control plane that runs in the state folder does it, asked by a RegistryMaintenance object, since
 * only the process that serves the registry knows what pushes hold; where none runs, this process does it.
 */
export async function maintain(stateDir: string | undefined, spec: RegistryMaintenanceSpec): Promise<Upkeep> {
  const folder = stateDir ?? defaultStateDir();
  const running = await findRunning(stateFolder(folder));
  if (running === undefined) return offlineUpkeep(folder, spec);
  const { api: server, ca, token } = await controlPlaneEndpoints(folder);
  const client = new HttpKubeClient({ server, ca, token });
  return interruptible(async ({ signal }) => {
    const { metadata } = await client.create<RegistryMaintenance>(TYPE, {
      apiVersion: 'slipway.dev/v1',
      kind: 'RegistryMaintenance',
      metadata: { name: '', generateName: 'slipway-registry-' },
      spec,
    });
    try {
      return await outcome(client, metadata.name, signal);
    } finally {
      await client.delete(TYPE, metadata.name);
    }
  });
}

async function outcome(client: HttpKubeClient, name: string, signal: AbortSignal): Promise<Upkeep> {
  for await (const { object } of client.watch<RegistryMaintenance>(TYPE, {
    fieldSelector: `metadata.name=${name}`,
    signal,
  })) {
    const { status } = object;
    if (status?.phase === 'Succeeded') return status;
    if (status?.phase === 'Failed') {
      throw new SlipwayError(
        'failed',
        'MAINTENANCE_FAILED',
        status.message ?? 'the registry maintenance failed',
      );
    }
  }
  signal.throwIfAborted();
  throw new SlipwayError('unavailable', 'CONTROL_PLANE_GONE', 'the control plane stopped before it was done');
}

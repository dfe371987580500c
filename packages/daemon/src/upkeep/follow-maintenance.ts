import { type Clock, type Logger, systemClock, toSlipwayError } from '@slipway/core';
import {
  controller,
  formatTime,
  isStatus,
  type KubeClient,
  type RegistryMaintenance,
  type RegistryMaintenanceStatus,
  resources,
} from '@slipway/kube';
import type { RegistryService } from '@slipway/registry';
import type { StateFolder } from '../state-folder.ts';
import { performUpkeep } from './perform.ts';

/** A finished object goes after so long. */
const KEPT_MS = 24 * 3600 * 1000;

/** Does the upkeep that RegistryMaintenance objects ask for, one after the other; one that a crash cut short begins again. */
export function followMaintenance(o: {
  readonly client: KubeClient;
  readonly service: RegistryService;
  readonly folder: StateFolder;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}): void {
  const { client, service, folder, logger, signal, clock = systemClock } = o;
  const type = resources.registrymaintenances;
  const report = (
    object: RegistryMaintenance,
    status: RegistryMaintenanceStatus,
  ): Promise<RegistryMaintenance> => client.update(type, { ...object, status }, { subresource: 'status' });

  const run = async (asked: RegistryMaintenance): Promise<void> => {
    const startTime = formatTime(clock.now());
    const object = await report(asked, { phase: 'Running', startTime });
    const status = await outcome(object);
    await report(object, { startTime, completionTime: formatTime(clock.now()), ...status });
  };
  const outcome = async (
    object: RegistryMaintenance,
  ): Promise<Omit<RegistryMaintenanceStatus, 'startTime'>> => {
    try {
      const upkeep = await performUpkeep(service, folder, object.spec);
      logger.info('registry maintenance', { name: object.metadata.name, result: upkeep.message });
      return { phase: 'Succeeded', ...upkeep };
    } catch (error) {
      const { message, hint } = toSlipwayError(error);
      return { phase: 'Failed', message: hint === undefined ? message : `${message}; ${hint}` };
    }
  };

  controller<RegistryMaintenance>({
    client,
    type,
    signal,
    logger,
    clock,
    concurrency: 1,
    reconcile: async (name, object) => {
      if (object === undefined || object.metadata.deletionTimestamp !== undefined) return undefined;
      const { completionTime } = object.status ?? {};
      if (completionTime === undefined) {
        await run(object);
        return undefined;
      }
      const remaining = Date.parse(completionTime) + KEPT_MS - clock.now().getTime();
      if (remaining > 0) return { requeueAfterMs: remaining };
      await client.delete(type, name).catch((error: unknown) => {
        if (!isStatus(error, 'NotFound')) throw error;
      });
      return undefined;
    },
  });
}

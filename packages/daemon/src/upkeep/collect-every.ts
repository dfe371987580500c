import type { Logger } from '@slipway/core';
import type { RegistryService } from '@slipway/registry';
import type { StateFolder } from '../state-folder.ts';
import { performUpkeep } from './perform.ts';

/** Time between garbage collections of a registry that keeps running, unless somebody says otherwise. */
export const GC_EVERY_MS: number = 24 * 3600 * 1000;

/** Collects garbage again and again; a time when the store is in use is left out. Ends with the returned disposable. */
export function collectEvery(
  everyMs: number,
  o: { readonly service: RegistryService; readonly folder: StateFolder; readonly logger: Logger },
): Disposable {
  const collect = async (): Promise<void> => {
    try {
      const { message } = await performUpkeep(o.service, o.folder, { action: 'CollectGarbage' });
      o.logger.info('garbage collected', { result: message });
    } catch (error) {
      o.logger.warn('garbage was not collected', { error: String(error) });
    }
  };
  const timer = setInterval(() => void collect(), everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

import { type MirrorTable, mirrorTable } from '@slipway/oci';
import { REGISTRY_NAMES, REGISTRY_SERVICE_PORT } from './addresses.ts';

/**
 * Where this machine finds images: the registry's names inside pods lead to it from outside, too, and every other
 * registry's images are first looked for in a repository of ours that is called like them.
 */
export function embeddedMirrors(registry: string): MirrorTable {
  const services = REGISTRY_NAMES.map((name) => ({ from: `${name}:${REGISTRY_SERVICE_PORT}`, to: registry }));
  return mirrorTable([...services, { from: '*', to: registry }]);
}

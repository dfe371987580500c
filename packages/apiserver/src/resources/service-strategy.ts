import { invalidField, type Service } from '@slipway/kube';
import type { Strategy } from './definition.ts';

/** Services have no address: pods share the network of the host. */
export const serviceStrategy: Strategy = {
  prepareCreate(object) {
    const { spec } = object as Service;
    if (spec === undefined || spec.type === 'ExternalName') return;
    Object.assign(spec, { clusterIP: 'None', clusterIPs: ['None'] });
    for (const port of spec.ports ?? []) port.targetPort ??= port.port;
  },
  prepareUpdate(object, old) {
    const { clusterIP, clusterIPs } = (old as Service).spec ?? {};
    const service = object as Service;
    if (clusterIP !== undefined)
      service.spec = { ...service.spec, clusterIP, clusterIPs: clusterIPs ?? [clusterIP] };
  },
  validate(object) {
    return ((object as Service).spec?.ports ?? []).flatMap(({ port }, index) =>
      port >= 1 && port <= 65_535
        ? []
        : [invalidField(`spec.ports[${index}].port`, port, 'must be between 1 and 65535, inclusive')],
    );
  },
};

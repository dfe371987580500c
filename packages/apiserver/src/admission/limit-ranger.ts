import {
  type Container,
  type LimitRange,
  type LimitRangeItem,
  type Pod,
  parseQuantity,
  type ResourceList,
  resources,
  StatusError,
} from '@slipway/kube';
import type { ObjectStore } from '../storage/object-store.ts';
import type { AdmissionPlugin } from './admission.ts';

/** Gives the containers of new pods the limits and requests of their namespace's LimitRanges, and holds them to the bounds. */
export function limitRanger(store: ObjectStore): AdmissionPlugin {
  return {
    name: 'LimitRanger',
    admit({ operation, type, namespace, object, subresource }) {
      if (operation !== 'CREATE' || type.group !== '' || type.plural !== 'pods' || subresource) return;
      const { items } = store.list({ resource: '/limitranges', namespace });
      const limits = items
        .flatMap((item) => (item.object as LimitRange).spec?.limits ?? [])
        .filter((item) => item.type === 'Container');
      const { spec, metadata } = object as Pod;
      const containers = [...(spec.initContainers ?? []), ...spec.containers];
      for (const item of limits) for (const container of containers) applyDefaults(container, item);
      const problems = limits.flatMap((item) =>
        containers.flatMap((container) => outOfBounds(container, item)),
      );
      if (problems.length === 0) return;
      throw StatusError.forbidden(resources.pods, metadata.name, `[${problems.join(', ')}]`);
    },
  };
}

/** A bound is the default of what has none (k8s.io/kubernetes SetDefaults_LimitRangeItem). */
function applyDefaults(container: Container, item: LimitRangeItem): void {
  const limits: ResourceList = { ...item.max, ...item.default };
  const requests: ResourceList = { ...item.min, ...limits, ...item.defaultRequest };
  const { resources: own = {} } = container;
  // A limit that the container sets itself is its request, too, where it names none.
  const merged = {
    requests: { ...requests, ...own.limits, ...own.requests },
    limits: { ...limits, ...own.limits },
  };
  if (Object.keys(merged.requests).length === 0 && Object.keys(merged.limits).length === 0) return;
  container.resources = {
    ...own,
    ...(Object.keys(merged.limits).length > 0 && { limits: merged.limits }),
    ...(Object.keys(merged.requests).length > 0 && { requests: merged.requests }),
  };
}

function outOfBounds({ resources: own }: Container, { max = {}, min = {} }: LimitRangeItem): string[] {
  const above = Object.entries(max)
    .filter(([name, bound]) => exceeds(own?.limits?.[name], bound))
    .map(
      ([name, bound]) =>
        `maximum ${name} usage per Container is ${bound}, but limit is ${own?.limits?.[name]}`,
    );
  const below = Object.entries(min)
    .filter(([name, bound]) => exceeds(bound, own?.requests?.[name]))
    .map(
      ([name, bound]) =>
        `minimum ${name} usage per Container is ${bound}, but request is ${own?.requests?.[name]}`,
    );
  return [...above, ...below];
}

function exceeds(value: string | number | undefined, bound: string | number | undefined): boolean {
  return value !== undefined && bound !== undefined && parseQuantity(value) > parseQuantity(bound);
}

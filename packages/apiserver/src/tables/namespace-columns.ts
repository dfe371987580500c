import type { KubeObject, Service } from '@slipway/kube';
import { AGE, type Column, column, NAME } from './column.ts';

/** Kinds that show when they were made, as Kubernetes does. */
export const CREATED_COLUMNS: readonly Column[] = [
  NAME,
  column('Created At', 'When it was created.', ({ metadata }) => metadata.creationTimestamp ?? ''),
];

type Spec = NonNullable<Service['spec']>;

function service(cell: (spec: Spec) => string): (object: KubeObject) => string {
  return (object) => cell((object as Service).spec ?? {}) || '<none>';
}

/** The columns of `kubectl get services`. */
export const SERVICE_COLUMNS: readonly Column[] = [
  NAME,
  column(
    'Type',
    'ClusterIP, NodePort, LoadBalancer or ExternalName.',
    service(({ type = '' }) => type),
  ),
  column(
    'Cluster-IP',
    'Its address in the cluster.',
    service(({ clusterIP = '' }) => clusterIP),
  ),
  column(
    'External-IP',
    'Its address outside.',
    service(({ externalName = '' }) => externalName),
  ),
  column(
    'Port(s)',
    'Its ports.',
    service(({ ports = [] }) => ports.map(({ port, protocol }) => `${port}/${protocol}`).join(',')),
  ),
  AGE,
  column(
    'Selector',
    'The pods behind it.',
    service(({ selector = {} }) =>
      Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    ),
    { wide: true },
  ),
];

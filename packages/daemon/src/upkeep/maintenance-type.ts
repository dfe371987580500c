import { isDeepStrictEqual } from 'node:util';
import { column, customResource, NAME, type ResourceDefinition } from '@slipway/apiserver';
import { forbiddenField, type RegistryMaintenance, resources } from '@slipway/kube';

const of = (object: unknown): RegistryMaintenance => object as RegistryMaintenance;

/** RegistryMaintenances as the API serves them. */
export const MAINTENANCE_TYPE: ResourceDefinition = customResource(
  resources.registrymaintenances,
  [
    NAME,
    column('Action', 'What is to be done.', (object) => of(object).spec.action),
    column('Phase', 'How far it has come.', (object) => of(object).status?.phase ?? 'Pending'),
    column('Result', 'What came of it.', (object) => of(object).status?.message ?? ''),
    column('Age', 'How long ago it was asked for.', ({ metadata }) => metadata.creationTimestamp ?? '', {
      type: 'date',
    }),
  ],
  {
    strategy: {
      validateUpdate: (object, old) =>
        isDeepStrictEqual(of(object).spec, of(old).spec)
          ? []
          : [forbiddenField('spec', 'it cannot be changed; create another object')],
    },
  },
);

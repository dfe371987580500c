import { f, root, struct, type TypeTable } from '../table.ts';

/** Claims for storage (core/v1). */
export const claimTypes: TypeTable = {
  PersistentVolumeClaim: root('A request for storage that outlives pods.', {
    spec: f(2, 'PersistentVolumeClaimSpec', 'What is wanted.'),
    status: f(3, 'PersistentVolumeClaimStatus', 'What is.'),
  }),
  PersistentVolumeClaimSpec: struct('What storage is asked for.', {
    accessModes: f(1, 'string[]', 'ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod.'),
    selector: f(4, 'LabelSelector'),
    resources: f(2, 'VolumeResourceRequirements', 'requests.storage says how much.'),
    volumeName: f(3, 'string', 'The volume that serves the claim.'),
    storageClassName: f(5, 'string?', 'The StorageClass.'),
    volumeMode: f(6, 'string?', 'Filesystem or Block. Default Filesystem.', {
      oneOf: ['Block', 'Filesystem'],
      default: 'Filesystem',
    }),
    dataSource: f(7, 'TypedLocalObjectReference'),
    dataSourceRef: f(8, 'TypedObjectReference'),
    volumeAttributesClassName: f(9, 'string?'),
  }),
  PersistentVolumeClaimStatus: struct('What storage was found.', {
    phase: f(1, 'string', 'Pending, Bound or Lost.', { oneOf: ['Pending', 'Bound', 'Lost'] }),
    accessModes: f(2, 'string[]'),
    capacity: f(3, 'quantity{}', 'How much there is.'),
    conditions: f(4, 'PersistentVolumeClaimCondition[type]'),
    allocatedResources: f(5, 'quantity{}'),
    allocatedResourceStatuses: f(7, 'string{}'),
    currentVolumeAttributesClassName: f(8, 'string?'),
    modifyVolumeStatus: f(9, 'ModifyVolumeStatus'),
  }),
  PersistentVolumeClaimCondition: struct('', {
    type: f(1, 'string!'),
    status: f(2, 'string!'),
    lastProbeTime: f(3, 'time'),
    lastTransitionTime: f(4, 'time'),
    reason: f(5, 'string'),
    message: f(6, 'string'),
  }),
  VolumeResourceRequirements: struct('', {
    limits: f(1, 'quantity{}'),
    requests: f(2, 'quantity{}'),
  }),
  TypedLocalObjectReference: struct(
    '',
    {
      apiGroup: f(1, 'string?'),
      kind: f(2, 'string!'),
      name: f(3, 'string!'),
    },
    { atomic: true },
  ),
  TypedObjectReference: struct('', {
    apiGroup: f(1, 'string?'),
    kind: f(2, 'string!'),
    name: f(3, 'string!'),
    namespace: f(4, 'string?'),
  }),
  ModifyVolumeStatus: struct('', {
    targetVolumeAttributesClassName: f(1, 'string'),
    status: f(2, 'string!', '', { oneOf: ['Pending', 'InProgress', 'Infeasible'] }),
  }),
};

import { j, root, struct, type TypeTable } from '../table.ts';

/** Upkeep of the embedded registry (slipway.dev/v1). */
export const registryMaintenanceTypes: TypeTable = {
  RegistryMaintenance: root('One run of upkeep of the registry, done when the object is created.', {
    spec: j('RegistryMaintenanceSpec!', 'What is to be done; it cannot be changed.'),
    status: j('RegistryMaintenanceStatus', 'How far it has come.'),
  }),
  RegistryMaintenanceSpec: struct('What is to be done.', {
    action: j('string!', 'CollectGarbage removes what nothing needs; Check compares metadata and content.', {
      oneOf: ['CollectGarbage', 'Check'],
    }),
    dryRun: j('boolean', 'CollectGarbage: count without removing.'),
    untagged: j('boolean', 'CollectGarbage: also remove manifests that no tag and no index names.'),
    grace: j('duration', 'CollectGarbage: what was used within this time stays. Default 1h.'),
    deep: j('boolean', 'Check: also read every file and compare its digest.'),
  }),
  RegistryMaintenanceStatus: struct('How far it has come.', {
    phase: j('string', 'Running, Succeeded or Failed.'),
    startTime: j('time', 'When it began.'),
    completionTime: j('time', 'When it ended.'),
    message: j('string', 'One sentence on the result.'),
    garbage: j('RegistryGarbage', 'What was removed.'),
    check: j('RegistryCheck', 'What was checked and found.'),
  }),
  RegistryGarbage: struct('What was removed.', {
    manifests: j('int64', 'Manifests that no tag and no index named.'),
    blobs: j('int64', 'Blobs that no manifest of their repository named.'),
    uploads: j('int64', 'Uploads that nobody went on with.'),
    files: j('int64', 'Files of the content store.'),
    bytes: j('int64', 'Bytes of these files.'),
  }),
  RegistryCheck: struct('What was checked and found.', {
    manifests: j('int64', 'Manifests that were checked.'),
    blobs: j('int64', 'Blobs that were checked.'),
    problems: j('RegistryProblem[]', 'What is wrong.'),
  }),
  RegistryProblem: struct('Something that is wrong.', {
    code: j('string!', 'What kind of problem it is.'),
    message: j('string!', 'What is wrong, and where.'),
  }),
};

import {
  isStatus,
  type KubeClient,
  ownerReference,
  type PersistentVolumeClaim,
  type PipelineRun,
  resources,
  type TaskRun,
} from '@slipway/kube';
import { claimName } from '../pod/workspace-volumes.ts';
import { RunFailure } from './run-failure.ts';

/** Makes the claims of the run's volumeClaimTemplates that do not exist; the run owns them. */
export async function createClaims(client: KubeClient, run: TaskRun | PipelineRun): Promise<void> {
  const { namespace = '', uid = '', name } = run.metadata;
  for (const binding of run.spec.workspaces ?? []) {
    if (!binding.volumeClaimTemplate) continue;
    const { metadata, spec } = binding.volumeClaimTemplate;
    const claim: PersistentVolumeClaim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        ...metadata,
        name: claimName(binding, uid),
        namespace,
        ownerReferences: [ownerReference(run, { controller: true })],
      },
      spec,
    };
    try {
      await client.create(resources.persistentvolumeclaims, claim);
    } catch (error) {
      if (isStatus(error, 'AlreadyExists')) continue;
      if (!isStatus(error, 'Forbidden', 'Invalid', 'BadRequest')) throw error;
      throw new RunFailure(
        'CouldntCreateWorkspacePVC',
        `failed to create PVC for ${run.kind} ${namespace}/${name} workspaces correctly: ${error.message}`,
      );
    }
  }
}

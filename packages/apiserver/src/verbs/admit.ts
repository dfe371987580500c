import type { KubeObject } from '@slipway/kube';
import type { AdmissionRequest } from '../admission/admission.ts';
import type { ResourceRequest, ServerContext, WriteOptions } from '../context.ts';

/** Runs the admission plugins over a write, in their order; the first refusal ends it. */
export async function admit(
  context: ServerContext,
  request: ResourceRequest,
  operation: AdmissionRequest['operation'],
  objects: { readonly object: KubeObject; readonly oldObject?: KubeObject },
  options: WriteOptions,
): Promise<void> {
  const { definition, namespace, user, subresource, warn } = request;
  for (const plugin of context.admission) {
    await plugin.admit({
      operation,
      type: definition.type,
      namespace: definition.type.namespaced ? namespace : '',
      name: objects.object.metadata.name ?? '',
      ...objects,
      user,
      dryRun: options.dryRun ?? false,
      ...(subresource ? { subresource } : {}),
      warn,
    });
  }
}

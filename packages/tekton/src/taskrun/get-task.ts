import { type KubeClient, type KubeObject, resources, type Task } from '@slipway/kube';
import { isClusterTaskKind } from '../validation/task-kind.ts';
import { convertVersion } from '../versions/convert.ts';

/** Reads a Task of a namespace, or a ClusterTask in its v1 view. Throws the client's StatusError when there is none. */
export async function getTask(
  client: KubeClient,
  { name, kind }: { readonly name: string; readonly kind?: string | undefined },
  namespace: string | undefined,
): Promise<Pick<Task, 'metadata' | 'spec'>> {
  if (!isClusterTaskKind(kind)) return client.get<Task>(resources.tasks, name, namespace);
  const found = await client.get<KubeObject>(resources.clustertasks, name);
  return convertVersion(found, 'v1') as unknown as Pick<Task, 'metadata' | 'spec'>;
}

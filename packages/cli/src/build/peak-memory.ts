import { methodNamed } from '@slipway/catalog';
import { recordedPeakMemory } from '@slipway/daemon';
import { type HttpKubeClient, type Pod, resources, type TaskRun } from '@slipway/kube';

/** The most memory in bytes that a run's pod was seen to hold; undefined on a cluster, and where a daemon does the work. */
export async function peakMemoryOf(
  client: HttpKubeClient,
  run: TaskRun,
  method: string,
): Promise<number | undefined> {
  const { podName } = run.status ?? {};
  if (podName === undefined || methodNamed(method).daemon) return undefined;
  // Tekton on a cluster may have removed the Pod by now.
  const pod = await client.get<Pod>(resources.pods, podName, run.metadata.namespace).catch(() => undefined);
  return await recordedPeakMemory(pod?.metadata.annotations);
}

import { arch, availableParallelism, release, totalmem } from 'node:os';
import { formatTime, isStatus, type KubeClient, type Node, resources } from '@slipway/kube';

export interface NodeDescription {
  readonly name: string;
  readonly address: string;
  readonly runtime: string;
  readonly now: Date;
}

/** Registers this machine as a Node, so that clients have something to show; an API without nodes is fine. */
export async function registerNode(client: KubeClient, description: NodeDescription): Promise<void> {
  const node = nodeObject(description);
  try {
    await client.create(resources.nodes, node);
  } catch (error) {
    if (isStatus(error, 'NotFound', 'MethodNotAllowed')) return;
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
  const patch = { type: 'merge', body: { status: node.status } } as const;
  await client.patch(resources.nodes, description.name, patch, { subresource: 'status' });
}

function nodeObject({ name, address, runtime, now }: NodeDescription): Node {
  const capacity = { cpu: String(availableParallelism()), memory: String(totalmem()), pods: '110' };
  const time = formatTime(now);
  const ready = {
    type: 'Ready',
    status: 'True' as const,
    reason: 'KubeletReady',
    message: 'slipway runs pods here',
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': goArch() },
    },
    status: {
      capacity,
      allocatable: capacity,
      conditions: [ready],
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: {
        kernelVersion: release(),
        operatingSystem: 'linux',
        architecture: goArch(),
        containerRuntimeVersion: runtime,
        kubeletVersion: 'v1.32.0-slipway',
        osImage: 'Linux',
      },
    },
  };
}

/** Kubernetes names architectures as Go does. */
function goArch(): string {
  return arch() === 'x64' ? 'amd64' : arch();
}

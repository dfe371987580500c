import { availableParallelism, totalmem } from 'node:os';
import { type Container, type Pod, parseQuantity, type ResourceFieldSelector } from '@slipway/kube';
import { ConfigProblem } from '../container/config-problem.ts';

/** The value of a resourceFieldRef in units of its divisor, rounded up; a missing limit is what the machine has. */
export function resourceValue(pod: Pod, own: Container | undefined, ref: ResourceFieldSelector): string {
  const container = ref.containerName ? containerNamed(pod, ref.containerName) : own;
  if (!container)
    throw new ConfigProblem(`resourceFieldRef: no container "${ref.containerName ?? ''}" in the pod`);
  const [kind, name] = ref.resource.split('.');
  const list = kind === 'limits' ? container.resources?.limits : container.resources?.requests;
  const amount = list?.[name ?? ''];
  const value = amount === undefined ? fallback(kind, name) : parseQuantity(amount);
  const divisor = parseQuantity(ref.divisor ?? '1') || 1;
  return String(Math.ceil(value / divisor));
}

function containerNamed(pod: Pod, name: string): Container | undefined {
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(
    (container) => container.name === name,
  );
}

function fallback(kind: string | undefined, name: string | undefined): number {
  if (kind !== 'limits') return 0;
  if (name === 'cpu') return availableParallelism();
  return name === 'memory' ? totalmem() : 0;
}

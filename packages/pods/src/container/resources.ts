import type { ContainerResources } from '@slipway/containers';
import { type Container, parseQuantity } from '@slipway/kube';

const CPU_PERIOD = 100_000;
const SHARES_PER_CPU = 1024;
const MIN_SHARES = 2;
/** Less than this is refused by the kernel. */
const MIN_QUOTA = 1000;

/** A container's limits and requests as the kubelet translates them for cgroups. */
export function containerResources(container: Container): ContainerResources {
  const { limits = {}, requests = {} } = container.resources ?? {};
  const memory = limits.memory === undefined ? undefined : Math.floor(parseQuantity(limits.memory));
  const cpuLimit = limits.cpu === undefined ? undefined : parseQuantity(limits.cpu);
  const cpuRequest = requests.cpu ?? limits.cpu;
  return {
    ...(memory === undefined || memory === 0 ? {} : { memoryBytes: memory }),
    ...(cpuLimit === undefined || cpuLimit === 0
      ? {}
      : { cpuQuota: Math.max(MIN_QUOTA, Math.round(cpuLimit * CPU_PERIOD)) }),
    ...(cpuRequest === undefined
      ? {}
      : { cpuShares: Math.max(MIN_SHARES, Math.round(parseQuantity(cpuRequest) * SHARES_PER_CPU)) }),
  };
}

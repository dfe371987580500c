import { parseQuantity, type ResourceList, type ResourceRequirements, type Step } from '@slipway/kube';

/**
 * The resources of a whole Task spread over its steps: the scheduler adds requests up, so each step asks for its
 * share, and limits hold for each step, since steps run one after another.
 */
export function shareResources(steps: readonly Step[], total: ResourceRequirements | undefined): Step[] {
  if (!total?.requests && !total?.limits) return [...steps];
  return steps.map((step) => {
    const base = total.requests ?? (step.computeResources?.requests ? undefined : total.limits);
    const computeResources: ResourceRequirements = {
      ...(base ? { requests: share(base, steps.length) } : {}),
      ...(total.limits ? { limits: total.limits } : {}),
    };
    return { ...step, computeResources };
  });
}

function share(amounts: ResourceList, parts: number): ResourceList {
  return Object.fromEntries(
    Object.entries(amounts).map(([resource, amount]) => {
      const part = parseQuantity(`${amount}`) / parts;
      return [resource, resource === 'cpu' ? `${Math.ceil(part * 1000)}m` : `${Math.ceil(part)}`];
    }),
  );
}

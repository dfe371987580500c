import type { Sidecar, Step, StepTemplate, TaskRunSpec } from '@slipway/kube';

/** The lists of a container that Kubernetes merges item by item, and what identifies an item. */
const MERGED_LISTS = [
  ['env', 'name'],
  ['volumeMounts', 'mountPath'],
  ['volumeDevices', 'devicePath'],
] as const;

/**
 * Steps with what the step template adds: the step wins; env, mounts and devices are merged by key, new ones
 * first, as a strategic merge orders them; maps are merged deeply; `command` and `args` are taken whole.
 */
export function mergeStepTemplate(steps: readonly Step[], template: StepTemplate | undefined): Step[] {
  if (!template) return [...steps];
  return steps.map((step) => (step.ref ? step : mergeStep(step, template)));
}

function mergeStep(step: Step, template: StepTemplate): Step {
  const merged = mergeMaps(template as Fields, step as unknown as Fields);
  for (const [list, key] of MERGED_LISTS) {
    const items = mergeLists(template[list] as Fields[] | undefined, step[list] as Fields[] | undefined, key);
    if (items) merged[list] = items;
  }
  if (template.envFrom || step.envFrom) merged.envFrom = step.envFrom ?? template.envFrom;
  return merged as unknown as Step;
}

type Fields = Record<string, unknown>;

function mergeMaps(base: Fields, over: Fields): Fields {
  const merged: Fields = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = isMap(value) && isMap(base[key]) ? mergeMaps(base[key], value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mergeLists(
  base: Fields[] | undefined,
  over: Fields[] | undefined,
  key: string,
): Fields[] | undefined {
  if (!base || !over) return over ?? base;
  const known = new Set(base.map((item) => item[key]));
  const own = new Map(over.map((item) => [item[key], item]));
  return [...over.filter((item) => !known.has(item[key])), ...base.map((item) => own.get(item[key]) ?? item)];
}

/** Steps or sidecars with the resources that the run sets for them by name. */
export function mergeResources<T extends Step | Sidecar>(
  users: readonly T[],
  overrides: TaskRunSpec['stepSpecs'] = [],
): T[] {
  const byName = new Map(overrides.map((override) => [override.name, override.computeResources]));
  return users.map((user) => {
    const override = byName.get(user.name);
    if (!override) return user;
    const computeResources = mergeMaps((user.computeResources ?? {}) as Fields, override as Fields);
    return { ...user, computeResources };
  });
}

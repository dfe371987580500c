import type { Pod } from '@slipway/kube';
import { BASELINE_CHECKS } from './baseline.ts';
import { RESTRICTED_CHECKS } from './restricted.ts';
import type { Level, Violation } from './violation.ts';

const PREFIX = 'pod-security.kubernetes.io/';

const CHECKS = {
  privileged: [],
  baseline: BASELINE_CHECKS,
  restricted: [...BASELINE_CHECKS, ...RESTRICTED_CHECKS],
} as const;

/** Everything in the pod that the level does not allow. */
export function violations(pod: Pod, level: Level): Violation[] {
  return CHECKS[level].flatMap((check) => check(pod));
}

/** The level that a namespace's labels set for a mode. */
export function levelOf(
  labels: Readonly<Record<string, string>> | undefined,
  mode: 'enforce' | 'warn',
  byDefault: Level,
): Level {
  const level = labels?.[`${PREFIX}${mode}`];
  if (level === 'privileged' || level === 'baseline' || level === 'restricted') return level;
  return byDefault;
}

/** The labels of Pod Security whose value is none of the levels, as `key: value`. */
export function invalidLevels(
  labels: Readonly<Record<string, string>> | undefined,
): [key: string, value: string][] {
  return Object.entries(labels ?? {}).filter(
    ([key, value]) =>
      [`${PREFIX}enforce`, `${PREFIX}warn`, `${PREFIX}audit`].includes(key) && !Object.hasOwn(CHECKS, value),
  );
}

/** `violates PodSecurity "baseline:latest": privileged (container "c" must not set …)`, as Kubernetes words it. */
export function describeViolations(level: Level, found: readonly Violation[]): string {
  const controls = [...Map.groupBy(found, ({ control }) => control)].map(
    ([control, list]) => `${control} (${list.map(({ detail }) => detail).join('; ')})`,
  );
  return `violates PodSecurity "${level}:latest": ${controls.join(', ')}`;
}

/**
 * Which fields those are, the level that would allow them, and the commands that set it, one a line; `labels` are those
 * of the namespace.
 */
export function describeGrant(
  namespace: string,
  found: readonly Violation[],
  labels: Readonly<Record<string, string>> | undefined,
): string {
  const level = found.some(({ allowedBy }) => allowedBy === 'privileged') ? 'privileged' : 'baseline';
  const fields = [...new Set(found.map(({ field }) => field))].join(', ');
  const label = `${PREFIX}enforce`;
  // kubectl refuses to change a label that is there already.
  const overwrite = labels?.[label] === undefined ? '' : ' --overwrite';
  const command = `kubectl label namespace ${namespace} ${label}=${level}${overwrite}`;
  return `${fields}: allowed at level "${level}", granted by: ${command}\nor by: slipway grant pod-security ${level} -n ${namespace}`;
}

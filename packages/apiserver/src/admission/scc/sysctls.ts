import type { PodSecurityContext, SecurityContextConstraints } from '@slipway/kube';
import { SAFE_SYSCTLS } from '../pod-security/baseline.ts';
import type { Problem } from './problem.ts';

/** Sysctls that the SCC forbids, or that are unsafe and not allowed. */
export function sysctlProblems(
  sysctls: NonNullable<PodSecurityContext['sysctls']>,
  { allowedUnsafeSysctls, forbiddenSysctls }: SecurityContextConstraints,
): Problem[] {
  return sysctls.flatMap(({ name }, index) => {
    const isForbidden = matchesAny(forbiddenSysctls, name);
    if (!isForbidden && (SAFE_SYSCTLS.has(name) || matchesAny(allowedUnsafeSysctls, name))) return [];
    const field = `spec.securityContext.sysctls[${index}]`;
    const detail = isForbidden ? 'sysctl is not allowed' : 'unsafe sysctl is not allowed';
    return [{ field, value: JSON.stringify(name), detail }];
  });
}

/** A pattern ends with `*`, or is the name itself. */
function matchesAny(patterns: readonly string[] | null | undefined, name: string): boolean {
  return (patterns ?? []).some(
    (pattern) => pattern === name || (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1))),
  );
}

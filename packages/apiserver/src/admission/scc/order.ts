import type { SecurityContextConstraints } from '@slipway/kube';

/** In the order in which they are tried: priority, then the most restrictive, then the name. */
export function inOrder(all: readonly SecurityContextConstraints[]): SecurityContextConstraints[] {
  return [...all].sort(
    (a, b) =>
      (b.priority ?? 0) - (a.priority ?? 0) ||
      latitude(a) - latitude(b) ||
      (a.metadata.name < b.metadata.name ? -1 : 1),
  );
}

const USERS = { RunAsAny: 40_000, MustRunAsNonRoot: 30_000, MustRunAsRange: 20_000, MustRunAs: 10_000 };

/** How much it allows: each kind of permission weighs more than all those after it together. */
function latitude(scc: SecurityContextConstraints): number {
  return (
    (scc.allowPrivilegedContainer ? 1_000_000 : 0) +
    (scc.allowHostPorts ? 400_000 : 0) +
    (scc.allowHostNetwork ? 200_000 : 0) +
    (scc.allowHostDirVolumePlugin || (scc.volumes ?? []).includes('*') ? 100_000 : 0) +
    USERS[scc.runAsUser?.type ?? 'RunAsAny'] +
    (scc.seLinuxContext?.type === 'RunAsAny' ? 40_000 : 0) +
    capabilities(scc)
  );
}

function capabilities(scc: SecurityContextConstraints): number {
  const { defaultAddCapabilities, requiredDropCapabilities, allowedCapabilities } = scc;
  const dropped = requiredDropCapabilities ?? [];
  const allowed = allowedCapabilities ?? [];
  return (
    (dropped.includes('ALL') ? 0 : 5000 - 50 * Math.min(dropped.length, 20)) +
    300 * Math.min((defaultAddCapabilities ?? []).length, 5) +
    (allowed.includes('*') ? 2000 : 10 * Math.min(allowed.length, 40))
  );
}

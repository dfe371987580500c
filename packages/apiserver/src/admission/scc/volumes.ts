import type { PodSpec, SecurityContextConstraints } from '@slipway/kube';
import type { Problem } from './problem.ts';

/** Volumes of types that the SCC does not name. */
export function volumeProblems({ volumes = [] }: PodSpec, scc: SecurityContextConstraints): Problem[] {
  const allowed = scc.volumes ?? [];
  if (allowed.includes('*')) return [];
  return volumes.flatMap((volume, index) => {
    const type = Object.keys(volume).find((member) => member !== 'name') ?? 'emptyDir';
    if (allowed.includes(type) && (type !== 'hostPath' || scc.allowHostDirVolumePlugin)) return [];
    const detail = `${type} volumes are not allowed to be used`;
    return [{ field: `spec.volumes[${index}]`, value: JSON.stringify(type), detail }];
  });
}

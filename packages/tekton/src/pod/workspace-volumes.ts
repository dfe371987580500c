import { createHash } from 'node:crypto';
import type { Sidecar, Step, TaskSpec, Volume, VolumeMount, WorkspaceBinding } from '@slipway/kube';
import { without } from '../without.ts';
import { workspacePath } from './folders.ts';
import { hashedName } from './names.ts';

/** The volume of each bound workspace, by the workspace's name; one claim bound twice is one volume. */
export function workspaceVolumes(bindings: readonly WorkspaceBinding[]): Map<string, Volume> {
  const volumes = new Map<string, Volume>();
  const claims = new Map<string, Volume>();
  const used = new Set<string>();
  for (const binding of bindings) {
    const claim = binding.persistentVolumeClaim?.claimName;
    const known = claim === undefined ? undefined : claims.get(claim);
    const volume = known ?? newVolume(binding, used);
    volumes.set(binding.name, volume);
    if (claim !== undefined) claims.set(claim, volume);
  }
  return volumes;
}

function newVolume(binding: WorkspaceBinding, used: Set<string>): Volume {
  let name = hashedName('ws', binding.name, 5);
  while (used.has(name)) name = hashedName('ws', `${name}$`, 5);
  used.add(name);
  const { persistentVolumeClaim, emptyDir, configMap, secret, projected, csi } = binding;
  if (persistentVolumeClaim) return { name, persistentVolumeClaim };
  if (emptyDir) return { name, emptyDir };
  if (configMap) return { name, configMap };
  if (secret) return { name, secret };
  if (projected) return { name, projected };
  return csi ? { name, csi } : { name, emptyDir: {} };
}

/** The claim that a volumeClaimTemplate becomes for one run; the same name at every look, so it is made once. */
export function claimName(binding: WorkspaceBinding, ownerUid: string): string {
  const hash = createHash('sha256').update(`${binding.name}${ownerUid}`).digest('hex').slice(0, 10);
  return `${binding.volumeClaimTemplate?.metadata?.name || 'pvc'}-${hash}`;
}

/** Bindings in which each volumeClaimTemplate is replaced by the claim made from it. */
export function bindClaims(bindings: readonly WorkspaceBinding[], ownerUid: string): WorkspaceBinding[] {
  return bindings.map((binding) => {
    if (!binding.volumeClaimTemplate) return binding;
    const persistentVolumeClaim = { claimName: claimName(binding, ownerUid) };
    return { ...without(binding, 'volumeClaimTemplate'), persistentVolumeClaim };
  });
}

/**
 * The Task with its workspaces as volumes and mounts: in every step and sidecar through the step template, except
 * a workspace that some step or sidecar asks for by name, which only those get.
 */
export function mountWorkspaces(
  spec: TaskSpec,
  bindings: readonly WorkspaceBinding[],
  volumes: ReadonlyMap<string, Volume>,
): TaskSpec {
  const mounted: TaskSpec = structuredClone(spec);
  const steps = mounted.steps ?? [];
  const sidecars = mounted.sidecars ?? [];
  const isolated = new Set([...steps, ...sidecars].flatMap(({ workspaces = [] }) => workspaces.map(nameOf)));
  const added = new Set<string>();
  for (const binding of bindings) {
    const declaration = spec.workspaces?.find(({ name }) => name === binding.name) ?? { name: binding.name };
    const volume = volumes.get(binding.name)!;
    const mount: VolumeMount = {
      name: volume.name,
      mountPath: workspacePath(declaration),
      ...(binding.subPath ? { subPath: binding.subPath } : {}),
      ...(declaration.readOnly ? { readOnly: true } : {}),
    };
    if (isolated.has(binding.name)) mountWhereUsed([...steps, ...sidecars], binding.name, mount);
    else mountEverywhere(mounted, sidecars, mount);
    if (!added.has(volume.name)) mounted.volumes = [...(mounted.volumes ?? []), volume];
    added.add(volume.name);
  }
  return mounted;
}

const nameOf = ({ name }: { name: string }): string => name;

function mountEverywhere(spec: TaskSpec, sidecars: readonly Sidecar[], mount: VolumeMount): void {
  spec.stepTemplate = {
    ...spec.stepTemplate,
    volumeMounts: [...(spec.stepTemplate?.volumeMounts ?? []), mount],
  };
  for (const sidecar of sidecars) {
    const taken = (sidecar.volumeMounts ?? []).some(({ mountPath }) => mountPath === mount.mountPath);
    if (!taken) sidecar.volumeMounts = [...(sidecar.volumeMounts ?? []), mount];
  }
}

function mountWhereUsed(users: readonly (Step | Sidecar)[], workspace: string, mount: VolumeMount): void {
  for (const user of users) {
    const usage = user.workspaces?.find(({ name }) => name === workspace);
    if (!usage) continue;
    const own = usage.mountPath ? { ...mount, mountPath: usage.mountPath } : mount;
    user.volumeMounts = [...(user.volumeMounts ?? []), own];
  }
}

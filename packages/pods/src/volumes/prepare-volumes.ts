import { isMounted, mountTmpfs } from '@slipway/containers';
import { type EmptyDirVolumeSource, parseQuantity, type Volume } from '@slipway/kube';
import { ConfigProblem } from '../container/config-problem.ts';
import { makeShared } from '../sandbox/sandbox.ts';
import { prepareClaim } from './claims.ts';
import { giveToGroup } from './fs-group.ts';
import { prepareHostPath } from './host-path.ts';
import { downwardFiles, projectedFiles } from './projected.ts';
import type { PreparedVolume, VolumeContext } from './volume-context.ts';
import { filesOfKeys, type VolumeFile, writeVolumeFiles } from './volume-files.ts';

/** Makes every volume of the pod ready, by name. May be called again: what is there stays, files are written anew. */
export async function prepareVolumes(context: VolumeContext): Promise<Map<string, PreparedVolume>> {
  const prepared = new Map<string, PreparedVolume>();
  const { fsGroup } = context.pod.spec.securityContext ?? {};
  for (const volume of context.pod.spec.volumes ?? []) {
    const ready = await prepareVolume(context, volume);
    if (fsGroup !== undefined && ready.ownable) await giveToGroup(ready.path, fsGroup);
    prepared.set(volume.name, ready);
  }
  return prepared;
}

/** Makes one volume ready. Throws ConfigProblem for what is missing or not supported. */
export async function prepareVolume(context: VolumeContext, volume: Volume): Promise<PreparedVolume> {
  const { sandbox, pod, runner } = context;
  const folder = sandbox.volume(volume.name);
  const { emptyDir, hostPath, persistentVolumeClaim: claim } = volume;
  if (emptyDir) return await prepareEmptyDir(folder, emptyDir);
  if (hostPath) return { path: await prepareHostPath(hostPath) };
  if (claim) {
    const path = await prepareClaim(
      runner.client,
      runner.stateDir,
      pod.metadata.namespace ?? 'default',
      claim.claimName,
    );
    return { path, readonly: claim.readOnly ?? false, ownable: true };
  }
  const { files, refreshAt } = await volumeFiles(context, volume);
  await writeVolumeFiles(folder, files);
  return { path: folder, readonly: true, ownable: true, ...(refreshAt ? { refreshAt } : {}) };
}

async function prepareEmptyDir(folder: string, source: EmptyDirVolumeSource): Promise<PreparedVolume> {
  await makeShared(folder);
  if (source.medium === 'Memory' && !(await isMounted(folder))) {
    await mountTmpfs(
      folder,
      source.sizeLimit === undefined ? {} : { sizeBytes: parseQuantity(source.sizeLimit) },
    );
  }
  return { path: folder, ownable: true };
}

async function volumeFiles(
  context: VolumeContext,
  volume: Volume,
): Promise<{ files: VolumeFile[]; refreshAt?: Date }> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) {
    const data = await context.lookup.configMap(configMap.name ?? '', configMap.optional);
    return { files: filesOfKeys(data ?? new Map(), { ...configMap, what: `configmap "${configMap.name}"` }) };
  }
  if (secret) {
    const data = await context.lookup.secret(secret.secretName ?? '', secret.optional);
    return { files: filesOfKeys(data ?? new Map(), { ...secret, what: `secret "${secret.secretName}"` }) };
  }
  if (downwardAPI) return { files: downwardFiles(context, downwardAPI.items ?? [], downwardAPI.defaultMode) };
  if (projected) return await projectedFiles(context, projected);
  const type = Object.keys(volume).find((key) => key !== 'name') ?? 'nothing';
  throw new ConfigProblem(`volume "${volume.name}": volumes of type ${type} are not supported here`);
}

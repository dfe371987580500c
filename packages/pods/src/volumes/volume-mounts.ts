import { mkdir, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { type BindMount, resolveInRoot } from '@slipway/containers';
import type { Container, VolumeMount } from '@slipway/kube';
import { ConfigProblem } from '../container/config-problem.ts';
import { expandVariables } from '../environment/expand.ts';
import type { PreparedVolume } from './volume-context.ts';
import { safePath } from './volume-files.ts';

/** The mounts of a container's volumes; a subPath is looked up without following links out of its volume. */
export async function volumeMounts(
  container: Container,
  volumes: ReadonlyMap<string, PreparedVolume>,
  environment: ReadonlyMap<string, string>,
): Promise<BindMount[]> {
  const mounts: BindMount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = volumes.get(mount.name);
    if (!volume) throw new ConfigProblem(`volumeMount "${mount.name}": the pod has no such volume`);
    mounts.push({
      source: await sourceOf(mount, volume, environment),
      destination: posix.resolve('/', mount.mountPath),
      readonly: (mount.readOnly ?? false) || (volume.readonly ?? false),
    });
  }
  return mounts;
}

async function sourceOf(
  mount: VolumeMount,
  volume: PreparedVolume,
  environment: ReadonlyMap<string, string>,
): Promise<string> {
  const subPath = mount.subPathExpr ? expandVariables(mount.subPathExpr, environment) : mount.subPath;
  if (!subPath) return volume.path;
  const source = await resolveInRoot(volume.path, safePath(subPath));
  if (await stat(source).catch(() => undefined)) return source;
  await mkdir(source, { recursive: true, mode: (await stat(volume.path)).mode & 0o777 });
  return source;
}

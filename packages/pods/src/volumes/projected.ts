import {
  type DownwardApiFile,
  isStatus,
  type ProjectedVolumeSource,
  resources,
  type ServiceAccountTokenProjection,
  type TokenRequest,
  type VolumeProjection,
} from '@slipway/kube';
import { ConfigProblem } from '../container/config-problem.ts';
import { fieldValue } from '../environment/field-ref.ts';
import { resourceValue } from '../environment/resource-field.ts';
import type { VolumeContext } from './volume-context.ts';
import { filesOfKeys, safePath, type VolumeFile } from './volume-files.ts';

/** Files of a projected volume, and when the first of its tokens should be renewed. */
export interface ProjectedFiles {
  readonly files: VolumeFile[];
  readonly refreshAt?: Date;
}

const DEFAULT_MODE = 0o644;
const TOKEN_SECONDS = 3600;
/** The kubelet renews a token when a fifth of its life is left. */
const RENEW_AFTER = 0.8;

/** Collects the files of all sources; a later one of the same path wins. */
export async function projectedFiles(
  context: VolumeContext,
  source: ProjectedVolumeSource,
): Promise<ProjectedFiles> {
  const mode = source.defaultMode ?? DEFAULT_MODE;
  const byPath = new Map<string, VolumeFile>();
  let refreshAt: Date | undefined;
  for (const projection of source.sources ?? []) {
    const { files, refreshAt: due } = await filesOf(context, projection, mode);
    for (const file of files) byPath.set(file.path, file);
    if (due && (!refreshAt || due < refreshAt)) refreshAt = due;
  }
  return { files: [...byPath.values()], ...(refreshAt ? { refreshAt } : {}) };
}

async function filesOf(
  context: VolumeContext,
  projection: VolumeProjection,
  mode: number,
): Promise<ProjectedFiles> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = projection;
  const { lookup } = context;
  if (configMap) {
    const data = await lookup.configMap(configMap.name ?? '', configMap.optional);
    const what = `configmap "${configMap.name}"`;
    return { files: filesOfKeys(data ?? new Map(), { ...configMap, defaultMode: mode, what }) };
  }
  if (secret) {
    const data = await lookup.secret(secret.name ?? '', secret.optional);
    const what = `secret "${secret.name}"`;
    return { files: filesOfKeys(data ?? new Map(), { ...secret, defaultMode: mode, what }) };
  }
  if (downwardAPI) return { files: downwardFiles(context, downwardAPI.items ?? [], mode) };
  if (serviceAccountToken) return await tokenFile(context, serviceAccountToken, mode);
  throw new ConfigProblem(
    `a projected volume has a source that is not supported: ${Object.keys(projection).join()}`,
  );
}

/** The files of a downwardAPI volume or projection. */
export function downwardFiles(
  { pod, runner }: VolumeContext,
  items: readonly DownwardApiFile[],
  defaultMode: number = DEFAULT_MODE,
): VolumeFile[] {
  return items.map((item) => {
    const value = item.fieldRef
      ? fieldValue(pod, item.fieldRef.fieldPath, runner.address)
      : resourceValue(pod, undefined, item.resourceFieldRef ?? { resource: '' });
    if (value === undefined)
      throw new ConfigProblem(`downwardAPI: unknown field "${item.fieldRef?.fieldPath}"`);
    return { path: safePath(item.path), data: Buffer.from(value), mode: item.mode ?? defaultMode };
  });
}

async function tokenFile(
  { pod, runner }: VolumeContext,
  source: ServiceAccountTokenProjection,
  mode: number,
): Promise<ProjectedFiles> {
  const { namespace, name: podName, uid } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? 'default';
  const request: TokenRequest = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name: account },
    spec: {
      ...(source.audience ? { audiences: [source.audience] } : {}),
      expirationSeconds: source.expirationSeconds ?? TOKEN_SECONDS,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: podName, ...(uid ? { uid } : {}) },
    },
  };
  const options = { subresource: 'token', name: account, namespace };
  const { status } = await runner.client
    .create<TokenRequest>(resources.serviceaccounts, request, options)
    .catch((error: unknown) => {
      if (isStatus(error, 'NotFound'))
        throw new ConfigProblem(`serviceaccount "${account}" not found`, error);
      throw error;
    });
  const now = runner.clock.now().getTime();
  const life = Date.parse(status!.expirationTimestamp) - now;
  const file = { path: safePath(source.path), data: Buffer.from(status!.token), mode };
  return { files: [file], refreshAt: new Date(now + life * RENEW_AFTER) };
}

import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalObjectReference } from '@slipway/kube';
import { type CredentialSource, dockerConfigCredentials, firstCredentials } from '@slipway/oci';
import type { ConfigLookup } from '../container/lookup.ts';

/** Credentials of a pod's imagePullSecrets, for as long as they are not disposed of; the files are for our eyes only. */
export interface PullCredentials extends AsyncDisposable {
  readonly source: CredentialSource | undefined;
}

/** Reads the pull secrets; one that is missing or of another type gives nothing, as in Kubernetes. */
export async function pullCredentials(
  folder: string,
  secrets: readonly LocalObjectReference[],
  lookup: ConfigLookup,
): Promise<PullCredentials> {
  const files: string[] = [];
  const sources: CredentialSource[] = [];
  for (const { name } of secrets) {
    const data = name ? await lookup.secret(name, true) : undefined;
    const config = data?.get('.dockerconfigjson') ?? wrapLegacy(data?.get('.dockercfg'));
    if (!config) continue;
    const file = await writePrivate(folder, config);
    files.push(file);
    sources.push(dockerConfigCredentials(file, `imagePullSecret "${name}"`));
  }
  return {
    source: sources.length === 0 ? undefined : firstCredentials(...sources),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(files.map((file) => rm(file, { force: true })));
    },
  };
}

async function writePrivate(folder: string, config: Buffer): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `pull-${randomUUID()}.json`);
  await writeFile(file, config, { mode: 0o600 });
  return file;
}

/** A .dockercfg is the `auths` of a config.json. */
function wrapLegacy(legacy: Buffer | undefined): Buffer | undefined {
  return legacy && Buffer.from(`{"auths":${legacy.toString('utf8')}}`);
}

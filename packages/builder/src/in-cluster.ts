import { existsSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CredentialSource, MirrorRule } from '@slipway/oci';

/** Where Kubernetes mounts the ServiceAccount of a pod. */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where that really is in images whose /var/run is a link, which a build in place replaces. */
const BEHIND_LINK = SERVICE_ACCOUNT_FOLDER.slice('/var'.length);

function serviceAccountFolder(): string {
  return !existsSync(SERVICE_ACCOUNT_FOLDER) && existsSync(BEHIND_LINK)
    ? BEHIND_LINK
    : SERVICE_ACCOUNT_FOLDER;
}

/**
 * Lets a step in a pod push as its ServiceAccount: the token is the password, as with OpenShift's registry. Only for registries of
 * the cluster (`*.svc`, `*.svc.cluster.local`) and those in SLIPWAY_REGISTRY_HOST, a comma-separated list. The token is read anew
 * each time, since Kubernetes rotates it.
 */
export function serviceAccountCredentials(
  options: { readonly folder?: string; readonly env?: NodeJS.ProcessEnv } = {},
): CredentialSource {
  const { env = process.env } = options;
  const named = (env.SLIPWAY_REGISTRY_HOST ?? '').split(',').map((host) => host.trim());
  const tokenFile = (): string => join(options.folder ?? serviceAccountFolder(), 'token');
  const isFor = (registry: string): boolean => isClusterRegistry(registry) || named.includes(registry);
  return {
    get: async (registry) => {
      if (!isFor(registry)) return undefined;
      const password = await readFile(tokenFile(), 'utf8').catch(() => undefined);
      return password === undefined ? undefined : { username: 'serviceaccount', password: password.trim() };
    },
    explain: async (registry) => {
      if (!isFor(registry)) return undefined;
      const file = tokenFile();
      const isThere = await access(file).then(
        () => true,
        () => false,
      );
      return isThere ? `the token of the pod's ServiceAccount from ${file}` : undefined;
    },
  };
}

/** The certificate authority of the cluster in PEM; undefined outside a pod. */
export async function serviceAccountAuthority(
  folder: string = serviceAccountFolder(),
): Promise<string | undefined> {
  return await readFile(join(folder, 'ca.crt'), 'utf8').catch(() => undefined);
}

/** The rules for SLIPWAY_MIRROR (`host:port` of the embedded registry): `docker.io/library/golang` is at `<host>/docker.io/library/golang`. */
export function mirrorRules(env: NodeJS.ProcessEnv = process.env): MirrorRule[] {
  return env.SLIPWAY_MIRROR ? [{ from: '*', to: env.SLIPWAY_MIRROR }] : [];
}

function isClusterRegistry(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '');
  return host.endsWith('.svc') || host.endsWith('.svc.cluster.local');
}

import { retry, toSlipwayError } from '@slipway/core';
import { type CredentialSource, type MirrorTable, mirrorTable, RegistryClient } from '@slipway/oci';
import type { RegistrySettings } from './build-options.ts';

/** The clients for both directions: one set of connections and tokens where the settings are the same. */
export function registryClients(
  settings: RegistrySettings,
  credentials: CredentialSource | undefined,
): { readonly pull: RegistryClient; readonly push: RegistryClient } {
  const push = registryClient({ ...settings, mirrors: [] }, credentials, 'push');
  const { insecurePull = [], insecurePush = [], mirrors = [], mirrorsOnly = [] } = settings;
  const differ = insecurePull.join() !== insecurePush.join();
  const pull = differ
    ? registryClient(settings, credentials, 'pull')
    : push.withMirrors(withoutOriginals(mirrorTable(mirrors), mirrorsOnly));
  return { pull, push };
}

/** The client for one direction, with what the settings say of registries. */
export function registryClient(
  settings: RegistrySettings,
  credentials: CredentialSource | undefined,
  direction: 'pull' | 'push',
): RegistryClient {
  const { mirrors = [], ca, tls = {}, insecure = [], mirrorsOnly = [] } = settings;
  const own = (direction === 'pull' ? settings.insecurePull : settings.insecurePush) ?? [];
  const allowed = new Set([...insecure, ...own]);
  return new RegistryClient({
    mirrors: withoutOriginals(mirrorTable(mirrors), mirrorsOnly),
    insecure: (registry) => allowed.has('*') || allowed.has(registry),
    hostTls: (registry) => tls[registry],
    ...(ca === undefined ? {} : { ca }),
    ...(credentials === undefined ? {} : { credentials }),
  });
}

function withoutOriginals(table: MirrorTable, mirrorsOnly: readonly string[]): MirrorTable {
  return {
    resolve: (ref) => {
      const candidates = table.resolve(ref);
      const dropped = mirrorsOnly.includes(ref.registry) && candidates.length > 1;
      return dropped ? candidates.slice(0, -1) : candidates;
    },
  };
}

/** Tries again what failed for a reason that may pass; the client repeats single requests by itself. */
export async function retryTransfer<T>(
  retries: number | undefined,
  signal: AbortSignal,
  action: () => Promise<T>,
): Promise<T> {
  const lasting: readonly string[] = ['usage', 'unsupported', 'cancelled'];
  return await retry(action, {
    tries: 1 + (retries ?? 0),
    initialMs: 500,
    retryable: (error) => !lasting.includes(toSlipwayError(error).kind),
    signal,
  });
}

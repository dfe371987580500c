import {
  controlPlaneEndpoints,
  defaultStateDir,
  findRunning,
  REGISTRY_NAMES,
  REGISTRY_SERVICE_PORT,
  startLocalRegistry,
  stateFolder,
} from '@slipway/daemon';
import { parseReference, type Reference, RegistryClient } from '@slipway/oci';
import { administratorCredentials } from '../build/registry.ts';

/** The embedded registry as a command reaches it. */
export interface RegistryPlace extends AsyncDisposable {
  /** `host:port`. */
  readonly registry: string;
  readonly client: RegistryClient;
}

/** The registry of the control plane that runs in the state folder, else the folder's registry for the time of the command. */
export async function openRegistry(stateDir: string = defaultStateDir()): Promise<RegistryPlace> {
  const running = await findRunning(stateFolder(stateDir));
  if (running?.registry === undefined) {
    const local = await startLocalRegistry(stateDir);
    const client = new RegistryClient();
    return { registry: local.hostPort, client, [Symbol.asyncDispose]: () => local[Symbol.asyncDispose]() };
  }
  const { registry, ca, token } = await controlPlaneEndpoints(stateDir);
  const credentials = administratorCredentials({ registry, token });
  const client = new RegistryClient({ credentials, ca });
  return { registry, client, [Symbol.asyncDispose]: async () => client.close() };
}

/** What a reference without a registry is parsed with; no real registry has this name. */
const EMBEDDED = 'embedded.slipway.invalid';

/**
 * A reference as people write it, in the embedded registry: `team/app:1`, with any of the registry's own names before it, or
 * the name of an image of another registry, which is in the mirror.
 */
export function ownReference(text: string, registry: string): Reference {
  const parsed = parseReference(text, { defaultRegistry: EMBEDDED });
  const names = [EMBEDDED, ...registryHosts(registry)];
  if (names.includes(parsed.registry)) return { ...parsed, registry };
  return { ...parsed, registry, repository: `${parsed.registry}/${parsed.repository}` };
}

/** All `host:port` by which a registry at `127.0.0.1:<port>` is reached: from this machine, and inside pods. */
export function registryHosts(registry: string): string[] {
  const port = registry.slice(registry.lastIndexOf(':') + 1);
  const services = REGISTRY_NAMES.map((name) => `${name}:${REGISTRY_SERVICE_PORT}`);
  return [...new Set([registry, `127.0.0.1:${port}`, `localhost:${port}`, ...services])];
}

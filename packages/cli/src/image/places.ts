import { mirrorRules, type RegistrySettings, serviceAccountAuthority } from '@slipway/builder';
import { controlPlaneEndpoints, findRunning, startLocalRegistry, stateFolder } from '@slipway/daemon';
import {
  type CredentialSource,
  dockerConfigCredentials,
  firstCredentials,
  type MirrorRule,
} from '@slipway/oci';
import { administratorCredentials, podCredentials } from '../build/registry.ts';

/** How this build reaches registries, and where an image goes that is not pushed. */
export interface BuildPlace extends AsyncDisposable {
  readonly registries: RegistrySettings;
  readonly credentials: CredentialSource;
  /** `host:port` of the registry that keeps images by their names; undefined inside a pod. */
  readonly local: string | undefined;
}

/**
 * In a pod: the ServiceAccount's token and CA, and the mirror where the embedded control plane names one. On a machine: the control plane that runs in the state folder,
 * else the registry of that folder for the time of the command.
 */
export async function buildPlace(stateDir: string, insecure: boolean): Promise<BuildPlace> {
  if (process.env.KUBERNETES_SERVICE_HOST !== undefined) return podPlace(insecure);
  const running = await findRunning(stateFolder(stateDir));
  const docker = dockerConfigCredentials();
  if (running?.registry !== undefined) {
    const { registry, ca, token } = await controlPlaneEndpoints(stateDir);
    const own = administratorCredentials({ registry, token });
    const registries = settings([{ from: '*', to: registry }], ca, insecure);
    return {
      registries,
      credentials: firstCredentials(own, docker),
      local: registry,
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const local = await startLocalRegistry(stateDir);
  return {
    registries: settings([{ from: '*', to: local.hostPort }], undefined, insecure),
    credentials: docker,
    local: local.hostPort,
    [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
  };
}

async function podPlace(insecure: boolean): Promise<BuildPlace> {
  return {
    registries: settings(mirrorRules(), await serviceAccountAuthority(), insecure),
    credentials: podCredentials(),
    local: undefined,
    [Symbol.asyncDispose]: async () => {},
  };
}

function settings(mirrors: MirrorRule[], ca: string | undefined, insecure: boolean): RegistrySettings {
  return { mirrors, ...(ca !== undefined && { ca }), ...(insecure && { insecure: ['*'] }) };
}

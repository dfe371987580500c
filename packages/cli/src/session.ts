import { SlipwayError, silentLogger } from '@slipway/core';
import {
  type ControlPlane,
  controlPlaneEndpoints,
  defaultStateDir,
  findRunning,
  type Policy,
  requirePolicy,
  startControlPlane,
  stateFolder,
} from '@slipway/daemon';
import { HttpKubeClient, loadKubeconfig } from '@slipway/kube';
import { openLog } from './print/log-file.ts';

export interface SessionOptions {
  readonly stateDir?: string | undefined;
  /** Name of a context of the user's kubeconfig: a real cluster instead of the embedded control plane. */
  readonly context?: string | undefined;
  /** What pods may do on the embedded control plane; default: as its folder has it. */
  readonly policy?: Policy | undefined;
}

/** A Kubernetes API to talk to: the user's cluster, the control plane that runs, or one started for this command. */
export interface Session extends AsyncDisposable {
  readonly client: HttpKubeClient;
  /** Namespace of the context; `default` on the embedded control plane. */
  readonly namespace: string;
  /** The embedded control plane's facts; undefined on a cluster. */
  readonly embedded: EmbeddedSession | undefined;
}

export interface EmbeddedSession {
  readonly stateDir: string;
  /** `host:port` of the registry as this machine reaches it. */
  readonly registry: string;
  /** What the services' names stand for in pods; an address of this machine. */
  readonly serviceAddress: string;
  /** Bearer token of the administrator: password at the registry, too. */
  readonly token: string;
  readonly ca: string;
  /** Whether this command started it and will stop it. */
  readonly own: boolean;
}

export async function openSession(options: SessionOptions): Promise<Session> {
  if (options.context !== undefined) return openCluster(options.context);
  const { policy } = options;
  const folder = stateFolder(options.stateDir ?? defaultStateDir());
  const running = await findRunning(folder);
  if (running !== undefined && running.api === undefined) {
    throw new SlipwayError(
      'unavailable',
      'STARTING',
      `the control plane in ${folder.root} is still starting`,
      {
        hint: 'try again in a moment',
      },
    );
  }
  if (running !== undefined) await requirePolicy(folder, policy);
  const plane = running === undefined ? await startOwn(folder.root, policy) : undefined;
  return openEmbedded(folder.root, plane);
}

async function startOwn(stateDir: string, policy: Policy | undefined): Promise<ControlPlane> {
  const folder = stateFolder(stateDir);
  return startControlPlane({
    stateDir,
    ...(policy !== undefined && { policy }),
    logger: process.env.SLIPWAY_LOG === 'off' ? silentLogger : openLog(folder.logFile),
  });
}

async function openCluster(context: string): Promise<Session> {
  const { namespace, ...connection } = await loadKubeconfig({ context });
  const client = new HttpKubeClient(connection);
  return { client, namespace, embedded: undefined, [Symbol.asyncDispose]: async () => {} };
}

async function openEmbedded(stateDir: string, plane: ControlPlane | undefined): Promise<Session> {
  const endpoints = await controlPlaneEndpoints(stateDir);
  const client = new HttpKubeClient({ server: endpoints.api, ca: endpoints.ca, token: endpoints.token });
  const { registry, serviceAddress, token, ca } = endpoints;
  return {
    client,
    namespace: 'default',
    embedded: { stateDir, registry, serviceAddress, token, ca, own: plane !== undefined },
    [Symbol.asyncDispose]: async () => plane?.close(),
  };
}

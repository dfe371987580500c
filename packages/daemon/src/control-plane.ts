import { join } from 'node:path';
import { ApiServer, olderTektonTypes } from '@slipway/apiserver';
import { detectMonitor, detectRuntime } from '@slipway/containers';
import { type Logger, silentLogger } from '@slipway/core';
import type { Pod } from '@slipway/kube';
import { type CredentialSource, LayerStore, RegistryClient } from '@slipway/oci';
import { PodRunner, registryImages, type ServiceAddresses } from '@slipway/pods';
import { convertVersion, startTekton, tektonAdmission } from '@slipway/tekton';
import {
  API_NAMES,
  API_SERVICE_PORT,
  chooseServiceAddress,
  preferredPort,
  REGISTRY_NAMES,
  REGISTRY_SERVICE_PORT,
} from './addresses.ts';
import { adminToken } from './admin-token.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from './embedded-registry.ts';
import { idBlocks } from './id-blocks.ts';
import { imageLibraryFiles } from './image-library-files.ts';
import { followNamespaces } from './image-pullers.ts';
import type { ImageStreams } from './image-streams/image-streams.ts';
import { streamAdmission } from './image-streams/stream-admission.ts';
import { IMAGE_STREAM_TYPES } from './image-streams/stream-types.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { lockStateFolder } from './lock.ts';
import { embeddedMirrors } from './mirrors.ts';
import { type ServerIdentity, serverIdentity } from './pki.ts';
import { type Policy, settlePolicy } from './policy.ts';
import { quotaAdmission } from './registry-quota.ts';
import { createStateFolder, defaultStateDir, type StateFolder, stateFolder } from './state-folder.ts';
import { MAINTENANCE_TYPE } from './upkeep/maintenance-type.ts';

export interface ControlPlaneOptions {
  /** Default: `$XDG_STATE_HOME/slipway`. */
  readonly stateDir?: string;
  /** Port of the Kubernetes API on 127.0.0.1. Default: 6443 where it is free, else any. */
  readonly apiPort?: number;
  /** Port of the registry on 127.0.0.1. Default: 5000 where it is free, else any. */
  readonly registryPort?: number;
  /** What pods may do. Default: what the state folder was last started with, at first `kubernetes`. */
  readonly policy?: Policy;
  readonly logger?: Logger;
}

/** A running control plane: Kubernetes API, Tekton controller, pod runner and registry. */
export interface ControlPlane extends AsyncDisposable {
  readonly folder: StateFolder;
  /** URL of the Kubernetes API. */
  readonly api: string;
  /** `host:port` of the registry on this machine. */
  readonly registry: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Stops accepting, ends what runs in pods, closes the stores. */
  close(): Promise<void>;
}

/**
 * Starts everything in a state folder and publishes it in the folder's lock; what was started is stopped again when a
 * later part fails. Throws STATE_LOCKED when another process has the folder.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const folder = stateFolder(options.stateDir ?? defaultStateDir());
  const logger = options.logger ?? silentLogger;
  await createStateFolder(folder);
  await using started = new AsyncDisposableStack();
  const lock = started.use(await lockStateFolder(folder));
  const address = await chooseServiceAddress(folder.root);
  const identity = await serverIdentity(folder.pki, certificateNames(address));
  const parts = { folder, logger, address, identity, started };

  const late: Late = {};
  const apiServer = await startApiServer(parts, options, late);
  const port = options.registryPort;
  const registry = await startEmbeddedRegistry({ ...parts, apiServer, port });
  late.streams = registry.streams;
  const api = apiServer.urls[0]!;
  await writeKubeconfig(folder, { api, ca: identity.ca, token: await adminToken(folder.pki) });
  await startControllers(parts, apiServer, registry, late);
  await lock.publish({ api, registry: registry.hostPort, serviceAddress: address });
  logger.info('control plane started', { api, registry: registry.hostPort, stateDir: folder.root });

  const running = started.move();
  const close = (): Promise<void> => running.disposeAsync();
  const { kubeconfig } = folder;
  return { folder, api, registry: registry.hostPort, kubeconfig, close, [Symbol.asyncDispose]: close };
}

/** Whose token the kubeconfig holds; `system:masters` may do everything. */
const ADMINISTRATOR = { username: 'slipway-admin', groups: ['system:masters', 'system:authenticated'] };

interface Parts {
  readonly folder: StateFolder;
  readonly logger: Logger;
  /** Address of the services inside pods. */
  readonly address: string;
  readonly identity: ServerIdentity;
  /** What has to be stopped, in reverse order of its start. */
  readonly started: AsyncDisposableStack;
}

/** What the API server asks for that starts after it. */
interface Late {
  logs?: PodRunner['logs'];
  streams?: ImageStreams;
}

function certificateNames(address: string): string[] {
  return ['localhost', '127.0.0.1', address, ...API_NAMES, ...REGISTRY_NAMES];
}

async function startApiServer(
  { folder, logger, address, identity, started }: Parts,
  options: ControlPlaneOptions,
  late: Late,
): Promise<ApiServer> {
  const port = options.apiPort ?? (await preferredPort('127.0.0.1', API_SERVICE_PORT));
  const blocks = await idBlocks();
  const server = await ApiServer.start({
    stateDir: folder.objects,
    policy: await settlePolicy(folder, options.policy),
    ...(blocks !== undefined && { idBlocks: blocks }),
    registries: REGISTRY_NAMES.map((name) => `${name}:${REGISTRY_SERVICE_PORT}`),
    listen: [
      { host: '127.0.0.1', port },
      { host: address, port: API_SERVICE_PORT },
    ],
    tls: identity,
    issuerKeyFile: join(folder.pki, 'service-account.key'),
    staticTokens: [{ token: await adminToken(folder.pki), user: ADMINISTRATOR }],
    extraTypes: [...IMAGE_STREAM_TYPES, MAINTENANCE_TYPE, ...olderTektonTypes(convertVersion)],
    admission: [tektonAdmission(), quotaAdmission(), streamAdmission(() => late.streams)],
    podLogs: { open: (pod, request) => late.logs!.open(pod, request) },
    logger: logger.with({ part: 'apiserver' }),
  });
  started.defer(() => server.close());
  return server;
}

async function startControllers(
  { folder, logger, address, identity, started }: Parts,
  apiServer: ApiServer,
  registry: EmbeddedRegistry,
  late: Late,
): Promise<void> {
  const [runtime, conmon] = await Promise.all([detectRuntime(), detectMonitor()]);
  const mirrors = embeddedMirrors(registry.hostPort);
  const clientFor = (credentials?: CredentialSource): RegistryClient =>
    new RegistryClient({ ca: identity.ca, mirrors, credentials });
  const images = registryImages({
    store: registry.store,
    layers: new LayerStore(folder.layers, registry.store),
    client: clientFor(),
    clientFor,
    mirrors,
  });
  const runner = await PodRunner.start({
    client: apiServer.client,
    stateDir: folder.pods,
    runtime,
    conmon,
    images,
    pullCredentials: (pod) => accountCredentials(apiServer, pod, registry.hostPort),
    nodeName: 'slipway',
    services: serviceAddresses(address, identity.ca),
    logger: logger.with({ part: 'pods' }),
  });
  const stop = new AbortController();
  started.defer(() => stop.abort());
  await followNamespaces(apiServer.client, logger.with({ part: 'image-pullers' }), stop.signal);
  late.logs = runner.logs;
  started.defer(() => runner.close());
  const tekton = await startTekton({ client: apiServer.client, logger: logger.with({ part: 'tekton' }) });
  started.defer(() => tekton.close());
}

/** A pod pulls from the embedded registry as its ServiceAccount, with a token that is made for that. */
function accountCredentials(apiServer: ApiServer, pod: Pod, registry: string): CredentialSource {
  const { namespace = 'default' } = pod.metadata;
  const name = pod.spec.serviceAccountName ?? 'default';
  return {
    get: async (host) => {
      if (host !== registry) return undefined;
      const { token } = await apiServer.issueToken({ namespace, name });
      return { username: 'serviceaccount', password: token };
    },
  };
}

/** What every pod sees of the services: names in its hosts file, and variables as the kubelet sets them. */
function serviceAddresses(address: string, ca: string): ServiceAddresses {
  return {
    files: imageLibraryFiles(ca),
    hosts: [{ ip: address, names: [...API_NAMES, ...REGISTRY_NAMES] }],
    env: {
      KUBERNETES_SERVICE_HOST: address,
      KUBERNETES_SERVICE_PORT: String(API_SERVICE_PORT),
      SLIPWAY_MIRROR: `${REGISTRY_NAMES[0]}:${REGISTRY_SERVICE_PORT}`,
    },
  };
}

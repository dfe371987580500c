import type { ApiServer } from '@slipway/apiserver';
import type { Logger } from '@slipway/core';
import { ContentStore, dockerConfigCredentials, RegistryClient } from '@slipway/oci';
import { createRegistryHandler, listenTlsOrLoopbackHttp, type RegistryService } from '@slipway/registry';
import { preferredPort, REGISTRY_NAMES, REGISTRY_SERVICE_PORT } from './addresses.ts';
import { followStreams } from './image-streams/follow-streams.ts';
import { ImageStreams } from './image-streams/image-streams.ts';
import type { ServerIdentity } from './pki.ts';
import { registryAccess } from './registry-access.ts';
import { registryQuota } from './registry-quota.ts';
import type { StateFolder } from './state-folder.ts';
import { collectEvery, GC_EVERY_MS } from './upkeep/collect-every.ts';
import { followMaintenance } from './upkeep/follow-maintenance.ts';

export interface EmbeddedRegistryOptions {
  readonly folder: StateFolder;
  readonly logger: Logger;
  /** Address of the services inside pods. */
  readonly address: string;
  /** Port on 127.0.0.1. Default: 5000 where it is free, else any. */
  readonly port: number | undefined;
  readonly identity: ServerIdentity;
  readonly apiServer: ApiServer;
  /** Gets what has to be stopped. */
  readonly started: AsyncDisposableStack;
}

export interface EmbeddedRegistry {
  /** On this machine. */
  readonly hostPort: string;
  readonly store: ContentStore;
  readonly streams: ImageStreams;
}

/** Starts the control plane's registry: access by the API server's tokens and RBAC, image streams, quotas, maintenance. */
export async function startEmbeddedRegistry(options: EmbeddedRegistryOptions): Promise<EmbeddedRegistry> {
  const { folder, apiServer, started } = options;
  const logger = options.logger.with({ part: 'registry' });
  const late: { streams?: ImageStreams } = {};
  const store = await ContentStore.open(folder.content);
  const service = createRegistryHandler({
    store,
    metadataDir: folder.registry,
    access: registryAccess(apiServer),
    mirror: { upstream: new RegistryClient({ credentials: dockerConfigCredentials() }) },
    quota: registryQuota(apiServer.client),
    // What is pushed before there are streams is found when they start.
    onManifest: ({ repository, action }) => late.streams?.sync(repository, action === 'push'),
    logger,
  });
  started.defer(() => service.close());
  started.use(collectEvery(GC_EVERY_MS, { service, folder, logger }));
  const hostPort = await listen(options, service);
  const inCluster = `${REGISTRY_NAMES[0]}:${REGISTRY_SERVICE_PORT}`;
  const { client } = apiServer;
  const { inventory } = service;
  const hosts = { inCluster, outside: hostPort };
  const streams = new ImageStreams({ client, inventory, store, hosts });
  late.streams = streams;
  const stop = new AbortController();
  started.defer(() => stop.abort());
  await followStreams(streams, { client, logger, signal: stop.signal });
  followMaintenance({ client, service, folder, logger, signal: stop.signal });
  return { hostPort, store, streams };
}

/** Listens on the service address, and on 127.0.0.1, which it returns with the port. */
async function listen(options: EmbeddedRegistryOptions, service: RegistryService): Promise<string> {
  const { address, identity: tls, logger, started } = options;
  const open = async (host: string, port: number): Promise<number> => {
    const { handle: handler } = service;
    const listener = await listenTlsOrLoopbackHttp({ host, port, tls, handler, logger });
    started.defer(() => listener.close());
    return listener.port;
  };
  await open(address, REGISTRY_SERVICE_PORT);
  const wanted = options.port ?? (await preferredPort('127.0.0.1', REGISTRY_SERVICE_PORT));
  return `127.0.0.1:${await open('127.0.0.1', wanted)}`;
}

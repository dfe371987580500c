import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Logger, SlipwayError } from '@slipway/core';
import { ContentStore, dockerConfigCredentials, isLoopback, RegistryClient } from '@slipway/oci';
import {
  type AccessController,
  createRegistryHandler,
  htpasswdAccess,
  listenTlsOrLoopbackHttp,
  openAccess,
} from '@slipway/registry';
import { lockStateFolder } from './lock.ts';
import { serverIdentity } from './pki.ts';
import { createStateFolder, stateFolder } from './state-folder.ts';
import { collectEvery } from './upkeep/collect-every.ts';

export interface StandaloneOptions {
  /** Where everything is kept; the layout is that of a state folder. */
  readonly dataDir: string;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Password file with bcrypt hashes; without one everybody may do everything, which only loopback may offer. */
  readonly htpasswd?: string | undefined;
  /** With `htpasswd`: pulling needs no password. */
  readonly anonymousPull?: boolean | undefined;
  /** PEM. Default: a certificate of a CA of its own, made in `<dataDir>/pki`. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Whether repositories that are named after a host are fetched from there. */
  readonly mirror?: boolean | undefined;
  /** Time between garbage collections in milliseconds; 0 for none. */
  readonly gcEveryMs: number;
  readonly logger: Logger;
}

/** A registry without a control plane. */
export interface StandaloneRegistry extends AsyncDisposable {
  readonly port: number;
  /** The CA that clients have to trust; undefined where the certificate was given. */
  readonly caFile: string | undefined;
}

/** Serves a registry from a folder of its own. Throws OPEN_REGISTRY, STATE_LOCKED. */
export async function startStandaloneRegistry(options: StandaloneOptions): Promise<StandaloneRegistry> {
  const { host, logger } = options;
  const access = accessOf(options);
  const folder = stateFolder(options.dataDir);
  await createStateFolder(folder);
  await using started = new AsyncDisposableStack();
  started.use(await lockStateFolder(folder));
  const tls = options.tls ?? (await serverIdentity(folder.pki, certificateNames(host)));
  const service = createRegistryHandler({
    store: await ContentStore.open(folder.content),
    metadataDir: folder.registry,
    access,
    logger,
    ...(options.mirror && {
      mirror: { upstream: new RegistryClient({ credentials: dockerConfigCredentials() }) },
    }),
  });
  started.defer(() => service.close());
  const { handle: handler } = service;
  const listener = await listenTlsOrLoopbackHttp({ host, port: options.port, tls, handler, logger });
  started.defer(() => listener.close());
  if (options.gcEveryMs > 0) started.use(collectEvery(options.gcEveryMs, { service, folder, logger }));
  const running = started.move();
  const caFile = options.tls === undefined ? join(folder.pki, 'ca.crt') : undefined;
  return { port: listener.port, caFile, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function accessOf({ host, htpasswd, anonymousPull }: StandaloneOptions): AccessController {
  if (htpasswd !== undefined)
    return htpasswdAccess({ file: htpasswd, anonymousPull: anonymousPull ?? false });
  if (isLoopback(host)) return openAccess();
  throw new SlipwayError('usage', 'OPEN_REGISTRY', `a registry on ${host} needs a password file`, {
    hint: 'make one with "htpasswd -Bc users anna" and give it with --htpasswd, or listen on 127.0.0.1',
  });
}

function certificateNames(host: string): string[] {
  const everywhere = ['0.0.0.0', '::'].includes(host);
  return [...new Set(['localhost', '127.0.0.1', hostname(), ...(everywhere ? [] : [host])])];
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Logger, silentLogger } from '@slipway/core';
import { ContentStore } from '@slipway/oci';
import {
  createRegistryHandler,
  openAccess,
  type RegistryOptions,
  type RegistryService,
} from '@slipway/registry';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';

export interface TestRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`. */
  readonly base: string;
  readonly port: number;
  readonly folder: TemporaryFolder;
  readonly store: ContentStore;
  readonly service: RegistryService;
}

/** A registry of this process in a folder of its own, open to all unless told otherwise. */
export async function startRegistry(
  options: Partial<RegistryOptions> = {},
  folder: TemporaryFolder = temporaryFolder('slipway-registry-'),
): Promise<TestRegistry> {
  const store = options.store ?? (await ContentStore.open(folder.join('content')));
  const logger: Logger = silentLogger;
  const metadataDir = folder.join('registry');
  const service = createRegistryHandler({ metadataDir, access: openAccess(), logger, ...options, store });
  const server = createServer((request, response) => void service.handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dispose = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await service.close();
    folder[Symbol.dispose]();
  };
  return { base: `http://127.0.0.1:${port}`, port, folder, store, service, [Symbol.asyncDispose]: dispose };
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@slipway/core';
import { ContentStore, dockerConfigCredentials, RegistryClient } from '@slipway/oci';
import { createRegistryHandler, openAccess } from '@slipway/registry';
import { createStateFolder, stateFolder } from './state-folder.ts';
import { joinStore } from './upkeep/store-users.ts';

export interface LocalRegistry extends AsyncDisposable {
  /** `127.0.0.1:<port>`, plain HTTP. */
  readonly hostPort: string;
}

/**
 * The registry of a state folder without a control plane, for one command of the same user: base images that were seeded or
 * pulled before are found, and an image that is built without a push is kept under its name.
 */
export async function startLocalRegistry(stateDir: string): Promise<LocalRegistry> {
  const folder = stateFolder(stateDir);
  await createStateFolder(folder);
  const user = await joinStore(folder);
  const service = createRegistryHandler({
    store: await ContentStore.open(folder.content),
    metadataDir: folder.registry,
    access: openAccess(),
    mirror: { upstream: new RegistryClient({ credentials: dockerConfigCredentials() }) },
    logger: silentLogger,
  });
  const server = createServer((request, response) => void service.handle(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    hostPort: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await service.close();
      await user[Symbol.asyncDispose]();
    },
  };
}

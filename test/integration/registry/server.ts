// A registry in a process of its own, for tests that kill it. usage: server.ts FOLDER [PORT] [HTPASSWD]
// Prints "ready PORT" when it listens; ends when its standard input does.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { jsonLogger } from '@slipway/core';
import { ContentStore } from '@slipway/oci';
import { createRegistryHandler, openAccess } from '@slipway/registry';

const [folder, port = '0'] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: server.ts FOLDER [PORT]');
const registry = createRegistryHandler({
  store: await ContentStore.open(join(folder, 'content')),
  metadataDir: join(folder, 'registry'),
  access: openAccess(),
  logger: jsonLogger((line) => process.stderr.write(line), 'warn'),
});
const server = createServer((request, response) => void registry.handle(request, response));
server.listen(Number(port), '127.0.0.1', () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`);
});
process.stdin.resume();
process.stdin.on('end', async () => {
  server.close();
  server.closeAllConnections();
  await registry.close();
  process.exit(0);
});

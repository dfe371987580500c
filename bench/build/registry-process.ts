// The registry of bench/build.ts, in a process of its own. usage: registry-process.ts FOLDER
// Prints "ready PORT"; answers a line on its standard input with the bytes that it has received so far; ends with its input.
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { jsonLogger } from '@slipway/core';
import { ContentStore } from '@slipway/oci';
import { createRegistryHandler, openAccess } from '@slipway/registry';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: registry-process.ts FOLDER');
mkdirSync(join(folder, 'registry'), { recursive: true });
const registry = createRegistryHandler({
  store: await ContentStore.open(join(folder, 'content')),
  metadataDir: join(folder, 'registry'),
  access: openAccess(),
  logger: jsonLogger((line) => process.stderr.write(line), 'error'),
});
const server = createServer((request, response) => void registry.handle(request, response));
const open = new Set<Socket>();
let closed = 0;
server.on('connection', (socket: Socket) => {
  open.add(socket);
  socket.once('close', () => {
    open.delete(socket);
    closed += socket.bytesRead;
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`);
});
const input = createInterface(process.stdin);
input.on('line', () => {
  let received = closed;
  for (const socket of open) received += socket.bytesRead;
  process.stdout.write(`${received}\n`);
});
input.on('close', async () => {
  server.close();
  server.closeAllConnections();
  await registry.close();
  process.exit(0);
});

// A control plane in a process of its own, to be killed: API server and pod runner on the folder of argv[2].
import { join } from 'node:path';
import { ApiServer } from '@slipway/apiserver';
import { silentLogger } from '@slipway/core';
import { selfSignedCertificate } from '@slipway/testkit';
import { startRunner } from './machine.ts';

const folder = process.argv[2]!;
const { cert, key } = await selfSignedCertificate();
const server = await ApiServer.start({
  stateDir: join(folder, 'objects'),
  listen: [],
  tls: { cert, key, ca: cert },
  issuerKeyFile: join(folder, 'issuer.key'),
  logger: silentLogger,
});
await startRunner(folder, server);
process.stdout.write('ready\n');
// The parent asks for pods by lines of JSON.
process.stdin.on('data', async (line) => {
  const { type, object } = JSON.parse(String(line));
  await server.client.create(type, object);
});

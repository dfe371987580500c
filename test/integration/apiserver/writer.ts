// Writes objects until it is killed, and prints the name of each when it is stored. Its argument is the state folder.
import { join } from 'node:path';
import { ApiServer } from '@slipway/apiserver';
import { silentLogger } from '@slipway/core';
import { type ConfigMap, resources } from '@slipway/kube';

const stateDir = process.argv[2] ?? '';
const server = await ApiServer.start({
  stateDir,
  listen: [],
  tls: { cert: '', key: '', ca: '' },
  issuerKeyFile: join(stateDir, 'issuer.pem'),
  logger: silentLogger,
});
for (let i = 0; ; i++) {
  const metadata = { name: `w-${Date.now()}-${i}`, namespace: 'default' };
  const object: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { i: 'x'.repeat(i % 5000) },
  };
  const stored = await server.client.create(resources.configmaps, object);
  process.stdout.write(`${stored.metadata.name} ${stored.metadata.resourceVersion}\n`);
}

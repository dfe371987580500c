// Both implementations of KubeClient against the embedded API server: in process and over HTTPS.
import { ApiServer } from '@slipway/apiserver';
import { silentLogger } from '@slipway/core';
import { HttpKubeClient, type KubeClient, type Namespace, resources } from '@slipway/kube';
import {
  type KubeClientHarness,
  kubeClientContract,
  selfSignedCertificate,
  temporaryFolder,
} from '@slipway/testkit';

const TOKEN = 'administrator';

async function open(choose: (server: ApiServer, ca: string) => KubeClient): Promise<KubeClientHarness> {
  const folder = temporaryFolder();
  const { cert, key } = await selfSignedCertificate();
  const server = await ApiServer.start({
    stateDir: folder.path,
    listen: [{ host: '127.0.0.1', port: 0 }],
    tls: { cert, key, ca: cert },
    issuerKeyFile: folder.join('issuer.pem'),
    staticTokens: [{ token: TOKEN, user: { username: 'admin', groups: ['system:masters'] } }],
    logger: silentLogger,
  });
  const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'contract' } };
  await server.client.create(resources.namespaces, namespace);
  return {
    client: choose(server, cert),
    namespace: 'contract',
    close: async () => {
      await server.close();
      folder[Symbol.dispose]();
    },
  };
}

kubeClientContract('in process', () => open((server) => server.client));
kubeClientContract('over HTTPS', () =>
  open((server, ca) => new HttpKubeClient({ server: server.urls[0]!, ca, token: TOKEN })),
);

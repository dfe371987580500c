import { existsSync, readFileSync } from 'node:fs';
import { serviceAccountCredentials } from '@slipway/builder';
import {
  type CredentialSource,
  dockerConfigCredentials,
  firstCredentials,
  RegistryClient,
} from '@slipway/oci';
import type { EmbeddedSession } from '../session.ts';

/** CA of the cluster's services, in every pod. */
const POD_CA = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';

/** A registry client with the user's docker credentials, and the administrator's token at the embedded registry. */
export function registryClient(embedded: EmbeddedSession | undefined): RegistryClient {
  const own: CredentialSource = {
    get: async (registry) =>
      embedded && registry === embedded.registry
        ? { username: 'slipway-admin', password: embedded.token }
        : undefined,
  };
  const credentials = firstCredentials(own, dockerConfigCredentials());
  return new RegistryClient({ credentials, ...(embedded && { ca: embedded.ca }) });
}

/** A registry client inside a pod: docker credentials where they are mounted, else the ServiceAccount's token. */
export function podRegistryClient(): RegistryClient {
  return new RegistryClient({ credentials: podCredentials(), ca: podCa() });
}

export function podCredentials(): CredentialSource {
  return firstCredentials(dockerConfigCredentials(), serviceAccountCredentials());
}

export function podCa(): string | undefined {
  return existsSync(POD_CA) ? readFileSync(POD_CA, 'utf8') : undefined;
}

import { serviceAccountAuthority, serviceAccountCredentials } from '@slipway/builder';
import {
  type CredentialSource,
  dockerConfigCredentials,
  firstCredentials,
  RegistryClient,
} from '@slipway/oci';
import type { EmbeddedSession } from '../session.ts';

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
export async function podRegistryClient(): Promise<RegistryClient> {
  return new RegistryClient({ credentials: podCredentials(), ca: await serviceAccountAuthority() });
}

export function podCredentials(): CredentialSource {
  return firstCredentials(dockerConfigCredentials(), serviceAccountCredentials());
}

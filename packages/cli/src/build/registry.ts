import { type CredentialSource, dockerConfigCredentials, RegistryClient } from '@slipway/oci';
import type { EmbeddedSession } from '../session.ts';

/** A registry client with the user's docker credentials, and the administrator's token at the embedded registry. */
export function registryClient(embedded: EmbeddedSession | undefined): RegistryClient {
  const docker = dockerConfigCredentials();
  const credentials: CredentialSource = {
    get: async (registry) =>
      registry === embedded?.registry
        ? { username: 'slipway-admin', password: embedded.token }
        : docker.get(registry),
  };
  return new RegistryClient({ credentials, ...(embedded && { ca: embedded.ca }) });
}

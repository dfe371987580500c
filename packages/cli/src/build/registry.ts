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
  const credentials = firstCredentials(
    ...(embedded ? [administratorCredentials(embedded)] : []),
    dockerConfigCredentials(),
  );
  return new RegistryClient({ credentials, ...(embedded && { ca: embedded.ca }) });
}

/** The administrator's token, at the embedded registry and nowhere else. */
export function administratorCredentials(embedded: { registry: string; token: string }): CredentialSource {
  const { registry, token } = embedded;
  return {
    get: async (host) => (host === registry ? { username: 'slipway-admin', password: token } : undefined),
  };
}

/** A registry client inside a pod: docker credentials where they are mounted, else the ServiceAccount's token. */
export async function podRegistryClient(): Promise<RegistryClient> {
  return new RegistryClient({ credentials: podCredentials(), ca: await serviceAccountAuthority() });
}

export function podCredentials(): CredentialSource {
  return firstCredentials(dockerConfigCredentials(), serviceAccountCredentials());
}

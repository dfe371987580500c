import { Readable } from 'node:stream';
import { SlipwayError, toSlipwayError } from '@slipway/core';
import { type CredentialSource, digestOf, parseReference } from '@slipway/oci';
import type { BuildRequest, RegistrySettings } from '../build-options.ts';
import { registryClient } from '../registry-access.ts';

/** The blob that many images have: the OCI empty configuration (image-spec, "Guidance for an Empty Descriptor"). */
const EMPTY = Buffer.from('{}');

/**
 * Finds out before the build whether the push will be allowed, by sending each repository two bytes. Throws the registry's
 * refusal with kaniko's words before it.
 */
export async function checkPushPermissions(
  { destinations = [], registryCache }: Pick<BuildRequest, 'destinations' | 'registryCache'>,
  settings: RegistrySettings,
  credentials: CredentialSource,
  signal: AbortSignal,
): Promise<void> {
  const client = registryClient({ ...settings, mirrors: [] }, credentials, 'push');
  const cache = registryCache?.to === undefined ? [] : [registryCache.to];
  const references = [...destinations, ...cache].map((name) => parseReference(name));
  const byRepository = new Map(references.map((ref) => [`${ref.registry}/${ref.repository}`, ref]));
  const info = { digest: digestOf(EMPTY), size: EMPTY.length };
  try {
    for (const [name, ref] of byRepository) {
      await client
        .pushBlob(ref, info, () => Readable.from([EMPTY]), { signal, always: true })
        .catch((error) => {
          signal.throwIfAborted();
          const { kind, code, message, hint } = toSlipwayError(error);
          throw new SlipwayError(kind, code, `checking push permission for "${name}": ${message}`, {
            hint,
            cause: error,
          });
        });
    }
  } finally {
    client.close();
  }
}

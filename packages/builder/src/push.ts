import { toSlipwayError } from '@slipway/core';
import { type Descriptor, type Digest, parseReference, pushImage } from '@slipway/oci';
import type { PushReport } from './build-options.ts';
import { retryTransfer } from './registry-access.ts';
import type { BuildSession } from './session.ts';

/** How registries word that a tag may not be changed: ECR, Artifact Registry, Harbor, Quay. */
const IMMUTABLE = /immutab/i;

/** Pushes the image to one destination, as a step of the build. */
export async function pushTo(
  session: BuildSession,
  manifest: Descriptor,
  reference: string,
): Promise<PushReport> {
  const { pushClient: client, store, reporter, request, signal } = session;
  const { pushRetries, keepImmutableTags = false } = request.registries ?? {};
  const inBase = (registry: string) => (blob: Digest) => session.baseBlobs.repositories(registry, blob);
  let report: PushReport = { reference, digest: manifest.digest, uploadedBytes: 0, skippedBytes: 0 };
  await reporter.step(
    `push ${reference}`,
    async () => {
      try {
        const ref = parseReference(reference);
        const { digest, uploadedBytes, skippedBytes } = await retryTransfer(pushRetries, signal, () =>
          pushImage({ client, ref, store, manifest, signal, mountFrom: inBase(ref.registry) }),
        );
        report = { reference, digest, uploadedBytes, skippedBytes };
      } catch (error) {
        const { message } = toSlipwayError(error);
        if (!keepImmutableTags || !IMMUTABLE.test(message)) throw error;
        reporter.note(`the registry keeps the immutable tag of ${reference} as it is: ${message}`);
      }
      return {};
    },
    signal,
  );
  return report;
}

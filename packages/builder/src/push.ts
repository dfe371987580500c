import { toSlipwayError } from '@slipway/core';
import {
  type Descriptor,
  type PushImageOptions,
  parseReference,
  pushImage,
  type Reference,
} from '@slipway/oci';
import type { PushReport } from './build-options.ts';
import { retryTransfer } from './registry-access.ts';
import type { BuildSession } from './session.ts';

/** How registries word that a tag may not be changed: ECR, Artifact Registry, Harbor, Quay. */
const IMMUTABLE = /immutab/i;

/** Pushes the image to one destination, as a step of the build: what was not sent while the build went on, and its name. */
export async function pushTo(
  sessions: readonly BuildSession[],
  manifest: Descriptor,
  reference: string,
): Promise<PushReport> {
  const { pushClient: client, store, reporter, request, signal } = sessions[0]!;
  const isCached = sessions.every(({ onlyCached, attempt }) => onlyCached && !attempt?.madeLayer);
  const { pushRetries, keepImmutableTags = false } = request.registries ?? {};
  const ref = parseReference(reference);
  let report: PushReport = { reference, digest: manifest.digest, uploadedBytes: 0, skippedBytes: 0 };
  await reporter.step(
    `push ${reference}`,
    async () => {
      try {
        const more = { ...ahead(sessions, ref), isNew: !isCached, isLikelyThere: isCached };
        const { digest, uploadedBytes, skippedBytes } = await retryTransfer(pushRetries, signal, () =>
          pushImage({ client, ref, store, manifest, signal, ...more }),
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

/** What the sessions of all platforms know of blobs. */
function ahead(
  sessions: readonly BuildSession[],
  ref: Reference,
): Required<Pick<PushImageOptions, 'mountFrom' | 'fetch' | 'sent'>> {
  return {
    mountFrom: (blob) => sessions.flatMap(({ baseBlobs }) => baseBlobs.repositories(ref.registry, blob)),
    fetch: async (blob) => {
      for (const { baseBlobs } of sessions) await baseBlobs.ensure([blob]);
    },
    sent: async (blob) => {
      for (const { pushAhead } of sessions) {
        const outcome = await pushAhead.sent(ref, blob);
        if (outcome !== undefined) return outcome;
      }
      return undefined;
    },
  };
}

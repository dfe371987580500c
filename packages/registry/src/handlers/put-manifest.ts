import {
  type Digest,
  digestAlgorithm,
  digestOf,
  type ImageIndex,
  type ImageManifest,
  manifestMediaType,
  parseManifest,
} from '@slipway/oci';
import { readBody } from '../http/read-body.ts';
import { sendEmpty } from '../http/respond.ts';
import { linkTo, manifestRecord, neededBy } from '../manifest-record.ts';
import { changeWithinQuota } from '../quota.ts';
import type { Exchange, RegistryContext } from '../registry-context.ts';
import { RegistryError } from '../registry-error.ts';
import { parseTag } from '../repository-name.ts';
import type { ManifestReference, Route } from '../route.ts';
import { UploadWatch } from '../uploads/upload-watch.ts';

/** Missing things that one refusal names; a manifest may have thousands. */
const MISSING_SHOWN = 10;

/** PUT of a manifest by tag or digest (end-7a), or by digest with `?tag=` parameters (end-7b). */
export async function putManifest(
  context: RegistryContext,
  { request, response, query, identity }: Exchange,
  { repository, reference }: Extract<Route, { kind: 'manifest' }>,
): Promise<void> {
  const watch = new UploadWatch({ ...context, room: Number.POSITIVE_INFINITY });
  const bytes = await readBody(request, context.limits.manifestBytes, (count) => watch.count(count));
  const manifest = parseManifest(bytes, request.headers['content-type']);
  const digest = checkDigest(bytes, reference);
  const tags = ('tag' in reference ? [reference.tag] : query.getAll('tag')).map(parseTag);
  await storeManifest(context, { repository, digest, bytes, manifest, tags });
  for (const tag of tags.length === 0 ? [undefined] : tags) {
    await context.notify({ repository, tag, digest, action: 'push', identity });
  }
  sendEmpty(response, 201, {
    Location: `/v2/${repository}/manifests/${digest}`,
    'Docker-Content-Digest': digest,
    ...(manifest.subject && { 'OCI-Subject': manifest.subject.digest }),
    ...('digest' in reference && tags.length > 0 && { 'OCI-Tag': tags }),
  });
}

interface NewManifest {
  readonly repository: string;
  readonly digest: Digest;
  readonly bytes: Buffer;
  readonly manifest: ImageManifest | ImageIndex;
  readonly tags: readonly string[];
}

/** Content first, metadata after it, and in one step with the check that all it names is there. */
async function storeManifest(context: RegistryContext, o: NewManifest): Promise<void> {
  requireContent(context, o);
  using _lease = await context.leases.hold(o.digest);
  await context.store.put(o.bytes, { digest: o.digest });
  const now = context.clock.now().getTime();
  await changeWithinQuota(context, o.repository, (writer) => {
    // Again: a delete or a garbage collection may have come between the first check and this transaction.
    requireContent(context, o);
    const record = manifestRecord({ manifest: o.manifest, digest: o.digest, size: o.bytes.length });
    writer.putManifest(o.repository, record, now);
    for (const tag of o.tags) writer.setTag(o.repository, tag, o.digest, now);
  });
  context.cache.set(o.digest, o.bytes);
}

function checkDigest(bytes: Buffer, reference: ManifestReference): Digest {
  if ('tag' in reference) return digestOf(bytes);
  const digest = digestOf(bytes, digestAlgorithm(reference.digest));
  if (digest === reference.digest) return digest;
  throw new RegistryError('DIGEST_INVALID', `the manifest has digest ${digest}, not ${reference.digest}`);
}

/** Throws MANIFEST_BLOB_UNKNOWN when something that the manifest names is not in the repository, MANIFEST_INVALID when it lies about a size. */
function requireContent(context: RegistryContext, { repository, manifest }: NewManifest): void {
  const missing: string[] = [];
  for (const descriptor of neededBy(manifest)) {
    const { digest, size } = descriptor;
    const stored =
      linkTo(descriptor).kind === 'manifest'
        ? context.metadata.manifest(repository, digest)?.size
        : context.metadata.blobSize(repository, digest);
    if (stored === undefined) missing.push(digest);
    else if (stored !== size) {
      throw new RegistryError(
        'MANIFEST_INVALID',
        `the manifest says that ${digest} has ${size} bytes; it has ${stored}`,
      );
    }
  }
  if (missing.length === 0) return;
  const more = missing.length > MISSING_SHOWN ? ` and ${missing.length - MISSING_SHOWN} more` : '';
  throw new RegistryError(
    'MANIFEST_BLOB_UNKNOWN',
    `${repository} lacks what the ${manifestMediaType(manifest)} names: ${missing.slice(0, MISSING_SHOWN).join(', ')}${more}`,
    { hint: 'push blobs and platform manifests before what names them' },
  );
}

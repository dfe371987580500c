import { mediaTypes } from '@slipway/oci';
import { cutPage, nextLink, parsePage } from '../http/pagination.ts';
import { sendJson } from '../http/respond.ts';
import type { Exchange, RegistryContext } from '../registry-context.ts';
import type { Route } from '../route.ts';

/** Referrers on one page: their annotations are the pushers' choice, and the answer is one document in memory. */
const PAGE = 100;

/** GET of what refers to a manifest (end-12a, end-12b): an image index, the empty one where nothing does. */
export async function listReferrers(
  context: RegistryContext,
  { response, query }: Exchange,
  { repository, digest }: Extract<Route, { kind: 'referrers' }>,
): Promise<void> {
  const { last, limit } = parsePage(query, PAGE);
  const type = query.get('artifactType') || undefined;
  const found = context.metadata.referrers(repository, digest, type, { last, limit: limit + 1 });
  const { items, more } = cutPage(found, limit);
  const manifests = items.map(({ mediaType, digest, size, artifactType, annotations }) => ({
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations !== undefined && { annotations }),
  }));
  const path = `/v2/${repository}/referrers/${digest}`;
  sendJson(
    response,
    200,
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
    {
      'Content-Type': mediaTypes.ociIndex,
      ...(type !== undefined && { 'OCI-Filters-Applied': 'artifactType' }),
      ...(more && nextLink(path, query, limit, items.at(-1)!.digest)),
    },
  );
}

import { cutPage, nextLink, parsePage } from '../http/pagination.ts';
import { sendJson } from '../http/respond.ts';
import type { Exchange, RegistryContext } from '../registry-context.ts';
import { RegistryError } from '../registry-error.ts';
import type { Route } from '../route.ts';

/** GET of a repository's tags (end-8a, end-8b), sorted, in pages. */
export async function listTags(
  context: RegistryContext,
  { response, query }: Exchange,
  { repository }: Extract<Route, { kind: 'tags' }>,
): Promise<void> {
  if (!context.metadata.hasRepository(repository)) {
    throw new RegistryError('NAME_UNKNOWN', `there is no repository ${repository}`);
  }
  // Without `n` the spec wants them all; the largest page bounds what one answer may take.
  const { last, limit } = parsePage(query, context.limits.pageItems);
  const { items, more } = cutPage(context.metadata.tags(repository, { last, limit: limit + 1 }), limit);
  const headers = more ? nextLink(`/v2/${repository}/tags/list`, query, limit, items.at(-1)!) : {};
  sendJson(response, 200, { name: repository, tags: items }, headers);
}

import { cutPage, nextLink, parsePage } from '../http/pagination.ts';
import { sendJson } from '../http/respond.ts';
import type { Exchange, RegistryContext } from '../registry-context.ts';

/** GET of `_catalog`: the repositories that hold an image, sorted, in pages. */
export async function listRepositories(
  context: RegistryContext,
  { response, query }: Exchange,
): Promise<void> {
  const { last, limit } = parsePage(query, context.limits.pageItems);
  const { items, more } = cutPage(context.metadata.repositories({ last, limit: limit + 1 }), limit);
  const headers = more ? nextLink('/v2/_catalog', query, limit, items.at(-1)!) : {};
  sendJson(response, 200, { repositories: items }, headers);
}

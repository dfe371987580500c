import type { Page } from '../metadata/records.ts';
import { RegistryError } from '../registry-error.ts';

export interface PageRequest extends Page {
  /** Whether the client asked for a page, or takes what comes. */
  readonly asked: boolean;
}

/** The page that `?n=&last=` asks for, at most `most` items; throws PAGINATION_NUMBER_INVALID. */
export function parsePage(query: URLSearchParams, most: number): PageRequest {
  const last = query.get('last') ?? '';
  const n = query.get('n');
  if (n === null || n === '') return { last, limit: most, asked: false };
  if (!/^\d{1,9}$/.test(n)) {
    throw new RegistryError('PAGINATION_NUMBER_INVALID', 'n must be a whole number, 0 or more');
  }
  return { last, limit: Math.min(Number(n), most), asked: true };
}

/** Cuts a list that was read one item longer than the page, and tells whether there is more. */
export function cutPage<T>(items: readonly T[], limit: number): { items: T[]; more: boolean } {
  return { items: items.slice(0, limit), more: limit > 0 && items.length > limit };
}

/** The Link header (RFC 8288) to the page after `last`. */
export function nextLink(
  path: string,
  query: URLSearchParams,
  limit: number,
  last: string,
): { Link: string } {
  const next = new URLSearchParams(query);
  next.set('n', String(limit));
  next.set('last', last);
  return { Link: `<${path}?${next}>; rel="next"` };
}

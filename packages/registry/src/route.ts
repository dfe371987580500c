import { type Digest, isDigest, parseDigest } from '@slipway/oci';
import { RegistryError } from './registry-error.ts';
import { excerpt, parseRepositoryName } from './repository-name.ts';

/** What a request path names; repositories and digests in it are validated. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'health' }
  | { readonly kind: 'token' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: ManifestReference }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: Digest };

/** A tag is checked only where one is made: asking for one that cannot exist is a 404 like any other. */
export type ManifestReference = { readonly tag: string } | { readonly digest: Digest };

const MAX_PATH = 4096;

/** The route of a request target such as `/v2/a/b/tags/list?n=10`, or undefined where nothing is served; throws NAME_INVALID, DIGEST_INVALID. */
export function parseRoute(target: string): Route | undefined {
  const path = decodedPath(target);
  if (path === '/v2' || path === '/v2/') return { kind: 'base' };
  if (path === '/healthz') return { kind: 'health' };
  if (path === '/openshift/token') return { kind: 'token' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  if (!path.startsWith('/v2/')) return undefined;
  return repositoryRoute(path.slice('/v2/'.length).split('/'));
}

// From the right, because a repository's own components may be "tags", "blobs" or "manifests".
function repositoryRoute(parts: readonly string[]): Route | undefined {
  const [third, second, last] = [parts.at(-3), parts.at(-2), parts.at(-1)!];
  const nameBefore = (count: number): string => parseRepositoryName(parts.slice(0, -count).join('/'));
  if (second === 'tags' && last === 'list') return { kind: 'tags', repository: nameBefore(2) };
  if (second === 'manifests') {
    return { kind: 'manifest', repository: nameBefore(2), reference: parseManifestReference(last) };
  }
  if (second === 'referrers')
    return { kind: 'referrers', repository: nameBefore(2), digest: parseDigest(last) };
  if (third === 'blobs' && second === 'uploads') {
    const repository = nameBefore(3);
    return last === '' ? { kind: 'uploads', repository } : { kind: 'upload', repository, id: last };
  }
  if (second === 'blobs' && last === 'uploads') return { kind: 'uploads', repository: nameBefore(2) };
  if (second === 'blobs') return { kind: 'blob', repository: nameBefore(2), digest: parseDigest(last) };
  return undefined;
}

function parseManifestReference(text: string): ManifestReference {
  // A colon never occurs in a tag: such a text is meant as a digest, and a malformed one must say so.
  return text.includes(':') || isDigest(text) ? { digest: parseDigest(text) } : { tag: text };
}

function decodedPath(target: string): string {
  const end = target.indexOf('?');
  const raw = end === -1 ? target : target.slice(0, end);
  if (raw.length > MAX_PATH) {
    throw new RegistryError('NAME_INVALID', `the path has ${raw.length} characters, more than ${MAX_PATH}`, {
      status: 414,
    });
  }
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch (cause) {
    throw new RegistryError('NAME_INVALID', `the path "${excerpt(raw)}" is not percent-encoded UTF-8`, {
      cause,
    });
  }
}

/** The query parameters of a request target. */
export function queryOf(target: string): URLSearchParams {
  const start = target.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : target.slice(start + 1));
}

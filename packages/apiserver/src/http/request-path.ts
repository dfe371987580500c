/** What a URL path of the API names. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  /** Empty for no namespace, or all of them. */
  readonly namespace: string;
  readonly plural: string;
  /** Empty for the collection. */
  readonly name: string;
  readonly subresource: string | undefined;
}

/** The parts of `/api/v1/…` or `/apis/<group>/<version>/…`; undefined for every other path. */
export function parseResourcePath(pathname: string): ResourcePath | undefined {
  const segments = pathname.split('/').slice(1).map(decode);
  if (segments.includes(undefined)) return undefined;
  const [root, ...rest] = segments as string[];
  if (rest.at(-1) === '') rest.pop();
  if (root === 'api' && rest.length >= 2) return parseRest('', rest[0]!, rest.slice(1));
  if (root === 'apis' && rest.length >= 3) return parseRest(rest[0]!, rest[1]!, rest.slice(2));
  return undefined;
}

function parseRest(group: string, version: string, rest: readonly string[]): ResourcePath | undefined {
  // `namespaces/x/pods` is inside a namespace, `namespaces/x` and `namespaces/x/status` are the namespace itself.
  const isInside = rest[0] === 'namespaces' && rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2]!);
  const namespace = isInside ? rest[1]! : '';
  const [plural = '', name = '', subresource, ...more] = isInside ? rest.slice(2) : rest;
  if (plural === '' || more.length > 0) return undefined;
  return { group, version, namespace, plural, name, subresource };
}

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Not UTF-8 behind the percent signs: no such path.
    return undefined;
  }
}

/** A base URL at which a registry may answer. */
export interface EndpointCandidate {
  /** With a trailing slash and without `/v2/`. */
  readonly base: URL;
  /** Whether the server's certificate is checked; meaningless for plain HTTP. */
  readonly verify: boolean;
}

/** Names of registries whose API is served by another host. */
const API_HOSTS: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/** Whether the host (with optional port) is this machine; only there is plain HTTP tried without being asked for. */
export function isLoopback(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '');
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/**
 * Where to look for a registry, in order: plain HTTP first on loopback; verified HTTPS only for others; and for hosts
 * that the user calls insecure HTTPS without verification, then plain HTTP.
 */
export function endpointCandidates(registry: string, insecure: boolean): readonly EndpointCandidate[] {
  const host = API_HOSTS[registry] ?? registry;
  const at = (scheme: 'http' | 'https', verify: boolean): EndpointCandidate => ({
    base: new URL(`${scheme}://${host}/`),
    verify,
  });
  if (isLoopback(registry)) return [at('http', true), at('https', !insecure)];
  return insecure ? [at('https', false), at('http', false)] : [at('https', true)];
}

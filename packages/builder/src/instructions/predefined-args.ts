/** The proxy variables that docker knows without an ARG. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];

/**
 * The proxy variables that were given as build arguments, as `NAME=value`: RUN sees them, in both cases whichever was
 * given, as programs differ in which they read; the image and the cache do not.
 */
export function predefinedArgs(buildArgs: Readonly<Record<string, string>>): string[] {
  return PROXIES.flatMap((name) => {
    const lower = name.toLowerCase();
    const value = buildArgs[name] ?? buildArgs[lower];
    return value === undefined ? [] : [`${name}=${value}`, `${lower}=${value}`];
  });
}

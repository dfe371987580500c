/** `host:port`, with brackets around an IPv6 address (RFC 3986, section 3.2.2). */
export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

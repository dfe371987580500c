/** A parsed Authorization header (RFC 7617, RFC 6750). */
export type Authorization =
  | { readonly scheme: 'basic'; readonly username: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string };

/** The header's credentials; undefined when it is absent, of another scheme or malformed. */
export function parseAuthorization(header: string | undefined): Authorization | undefined {
  const [, scheme, value] = /^(basic|bearer) +([^\s]+)\s*$/i.exec(header ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', token: value };
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  return { scheme: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) };
}

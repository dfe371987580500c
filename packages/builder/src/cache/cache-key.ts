import { createHash } from 'node:crypto';

/** Changed when the same key would no longer mean the same result. */
const FORMAT = 'slipway-instruction-2';

/** A key of the instruction cache: 64 hexadecimal digits. */
export type CacheKey = string & { readonly __cacheKey: unique symbol };

/** What a key may be made of; members are written in a fixed order, so that equal parts give equal keys. */
export type KeyPart =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly KeyPart[]
  | { readonly [name: string]: KeyPart };

/** The SHA-256 of an instruction's kind and all that its result depends on. */
export function cacheKey(kind: string, parts: { readonly [name: string]: KeyPart }): CacheKey {
  return createHash('sha256')
    .update(canonical([FORMAT, kind, parts]))
    .digest('hex') as CacheKey;
}

/** JSON with sorted member names and without undefined members. */
function canonical(part: KeyPart): string {
  if (part === undefined) return 'null';
  if (part === null || typeof part !== 'object') return JSON.stringify(part);
  if (isList(part)) return `[${part.map(canonical).join(',')}]`;
  const members = Object.entries(part)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${canonical(value)}`).join(',')}}`;
}

function isList(part: KeyPart): part is readonly KeyPart[] {
  return Array.isArray(part);
}

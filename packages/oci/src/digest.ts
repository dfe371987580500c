import { createHash, type Hash } from 'node:crypto';
import { SlipwayError } from '@slipway/core';

declare const validated: unique symbol;

/** A validated content digest, `sha256:<64 hex>` or `sha512:<128 hex>`; safe to use in a file name. */
export type Digest = string & { readonly [validated]: true };

/** The hash algorithms of the OCI image specification that are supported. */
export type DigestAlgorithm = 'sha256' | 'sha512';

const PATTERN = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Whether the text is a supported digest in canonical (lower-case) form. */
export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}

/** The text as a Digest. Throws DIGEST_INVALID. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new SlipwayError('invalid', 'DIGEST_INVALID', `"${text.slice(0, 200)}" is not a digest`, {
    hint: 'write it like sha256: and 64 lower-case hexadecimal digits',
  });
}

/** The digest of bytes held in memory; a string is taken as UTF-8. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return finishDigest(createHash(algorithm).update(bytes), algorithm);
}

/** The digest of a finished node:crypto hash of that algorithm. */
export function finishDigest(hash: Hash, algorithm: DigestAlgorithm): Digest {
  return `${algorithm}:${hash.digest('hex')}` as Digest;
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hexadecimal part, without the algorithm. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

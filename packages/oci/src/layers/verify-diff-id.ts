import { createHash } from 'node:crypto';
import { SlipwayError } from '@slipway/core';
import { type Digest, digestAlgorithm, finishDigest } from '../digest.ts';

/** Hands a layer's tar stream on, and throws DIFF_ID_MISMATCH at its end when it is not the one that the image names. */
export async function* verifyDiffId(
  tar: AsyncIterable<Uint8Array>,
  expected: Digest,
): AsyncGenerator<Uint8Array, void> {
  const algorithm = digestAlgorithm(expected);
  const hash = createHash(algorithm);
  for await (const chunk of tar) {
    hash.update(chunk);
    yield chunk;
  }
  const actual = finishDigest(hash, algorithm);
  if (actual === expected) return;
  const message = `the layer's content has digest ${actual} where the image configuration names ${expected}`;
  throw new SlipwayError('invalid', 'DIFF_ID_MISMATCH', message);
}

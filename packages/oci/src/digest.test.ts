import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestAlgorithm, digestHex, digestOf, isDigest, parseDigest } from './digest.ts';

const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('the digest of nothing is the well-known one', () => {
  assert.equal(digestOf(''), EMPTY);
  assert.equal(parseDigest(EMPTY), EMPTY);
});

test('sha512 digests are supported', () => {
  const digest = digestOf('x', 'sha512');
  assert.ok(isDigest(digest));
  assert.equal(digestAlgorithm(digest), 'sha512');
  assert.equal(digestHex(digest).length, 128);
});

const refused: [why: string, text: string][] = [
  ['no algorithm', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['upper case', EMPTY.toUpperCase()],
  ['one digit short', EMPTY.slice(0, -1)],
  ['a path', `sha256:../../../../etc/passwd`],
  ['a path of the right length', `sha256:${'../'.repeat(21)}x`],
  ['a line break after it', `${EMPTY}\n`],
  ['the length of another algorithm', `sha512:${EMPTY.slice(7)}`],
  ['an unknown algorithm', `md5:${'0'.repeat(32)}`],
];

for (const [why, text] of refused) {
  test(`not a digest: ${why}`, () => {
    assert.equal(isDigest(text), false);
    assert.throws(() => parseDigest(text), { code: 'DIGEST_INVALID', kind: 'invalid' });
  });
}

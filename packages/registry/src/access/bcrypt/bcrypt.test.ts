import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBcryptHash, verifyBcrypt } from './bcrypt.ts';
import { piWords } from './pi-words.ts';

// The first four are jBCrypt's, the others were made with libxcrypt: UTF-8, and more than the 72 bytes that count.
const vectors: [password: string, hash: string][] = [
  ['', '$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.'],
  ['a', '$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe'],
  ['abc', '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'],
  ['abcdefghijklmnopqrstuvwxyz', '$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC'],
  ['secret', '$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a'],
  ['p\u00e4ss'.repeat(30), '$2y$05$abcdefghijklmnopqrstuu4k7ex3g5VSTjkj1VJ9SHtK69tjyprpy'],
];

for (const [password, hash] of vectors) {
  test(`bcrypt of "${password}"`, async () => {
    assert.equal(isBcryptHash(hash), true);
    assert.equal(await verifyBcrypt(password, hash), true);
    assert.equal(await verifyBcrypt(`x${password}`, hash), false);
  });
}

test('the first words of the fraction of π are those of the Blowfish paper', () => {
  assert.deepEqual([...piWords(4)], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]);
});

test('only bcrypt of a bearable cost is taken', () => {
  assert.equal(isBcryptHash('$apr1$abcdefgh$abcdefghijklmnopqrstu.'), false);
  assert.equal(isBcryptHash(`$2b$31$${'a'.repeat(53)}`), false);
  assert.equal(isBcryptHash('plain'), false);
});

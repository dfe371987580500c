import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { DigestTable } from './digest-table.ts';
import { type FileIdentity, IDENTITY_WORDS } from './file-identity.ts';

function identity(seed: number): FileIdentity {
  // Few different words, so that identities are alike in most of them.
  return Uint32Array.from({ length: IDENTITY_WORDS }, (_, at) => (seed >> (at * 2)) & 3);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

test('a table is what a map is, before and after it was written', () => {
  const operation = fc.tuple(fc.nat(4 ** 6 - 1), fc.string());
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 600 }), (operations) => {
      const table = DigestTable.decode(Buffer.alloc(0));
      const model = new Map<number, string>();
      for (const [seed, text] of operations) {
        table.set(identity(seed), digest(text));
        model.set(seed, digest(text));
      }
      const again = DigestTable.decode(table.encode(10_000));
      for (let seed = 0; seed < 4 ** 6; seed += 7) {
        assert.equal(table.get(identity(seed)), model.get(seed));
        assert.equal(again.get(identity(seed)), model.get(seed));
      }
    }),
    { numRuns: 30 },
  );
});

test('the rows that nobody asked for go first, the oldest before the others', () => {
  const table = DigestTable.decode(Buffer.alloc(0));
  for (let seed = 0; seed < 10; seed++) table.set(identity(seed), digest(String(seed)));
  const second = DigestTable.decode(table.encode(1));
  assert.ok(second.get(identity(2)));
  const third = DigestTable.decode(second.encode(4));
  const kept = Array.from({ length: 10 }, (_, seed) => seed).filter((seed) => third.get(identity(seed)));
  assert.deepEqual(kept, [2, 7, 8, 9]);
});

test('what is damaged is empty', () => {
  const table = DigestTable.decode(Buffer.alloc(0));
  table.set(identity(1), digest('one'));
  const bytes = Buffer.from(table.encode(10));
  for (let at = 0; at < bytes.length - 4; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 0x40;
    const word = at >= 12 && at < 16; // Nothing is read from the header's last word.
    assert.equal(DigestTable.decode(damaged).get(identity(1)) === undefined, !word, `byte ${at}`);
  }
  for (let length = 0; length < bytes.length; length++)
    assert.equal(DigestTable.decode(bytes.subarray(0, length)).get(identity(1)), undefined);
});

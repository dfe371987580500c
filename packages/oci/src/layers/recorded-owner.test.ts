import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeOwner, encodeOwner } from './recorded-owner.ts';

test('an owner is encoded as rootlesscontainers.proto has it', () => {
  assert.equal(encodeOwner({ uid: 1000, gid: 42 }).toString('hex'), '08e807102a');
  assert.deepEqual(decodeOwner(Buffer.from('0821', 'hex')), { uid: 33, gid: 0 });
});

test('every owner comes back', () => {
  const id = fc.integer({ min: 0, max: 2 ** 32 - 2 });
  fc.assert(
    fc.property(id, id, (uid, gid) => {
      assert.deepEqual(decodeOwner(encodeOwner({ uid, gid })), { uid, gid });
    }),
  );
});

for (const [what, bytes] of [
  ['ends early', '08e8'],
  ['has a number without end', `08${'ff'.repeat(9)}`],
  ['has another field', '1801'],
] as const) {
  test(`a record that ${what} is none`, () => {
    assert.equal(decodeOwner(Buffer.from(bytes, 'hex')), undefined);
  });
}

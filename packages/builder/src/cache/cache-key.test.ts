import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cacheKey, type KeyPart } from './cache-key.ts';

const parts: Record<string, KeyPart> = { chain: 'sha256:1', args: ['sh', '-c', 'x'], env: ['A=1'], user: '' };

test('equal parts give equal keys, whatever the order of the members', () => {
  const reversed = Object.fromEntries(Object.entries(parts).reverse());
  assert.equal(cacheKey('run', parts), cacheKey('run', reversed));
  assert.match(cacheKey('run', parts), /^[0-9a-f]{64}$/);
});

const changes: [what: string, kind: string, parts: Record<string, KeyPart>][] = [
  ['the kind', 'copy', parts],
  ['the chain', 'run', { ...parts, chain: 'sha256:2' }],
  ['where an argument ends', 'run', { ...parts, args: ['sh', '-cx'] }],
  ['a variable', 'run', { ...parts, env: ['A=2'] }],
  ['the user', 'run', { ...parts, user: '1000' }],
  ['one more member', 'run', { ...parts, network: 'none' }],
];
for (const [what, kind, changed] of changes) {
  test(`another key for ${what}`, () => {
    assert.notEqual(cacheKey(kind, changed), cacheKey('run', parts));
  });
}

test('a member that is undefined counts as absent', () => {
  assert.equal(cacheKey('run', { ...parts, epoch: undefined }), cacheKey('run', parts));
});

test('lists of different texts never share a key', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      assert.equal(cacheKey('run', { args: a }) === cacheKey('run', { args: b }), same);
    }),
  );
});

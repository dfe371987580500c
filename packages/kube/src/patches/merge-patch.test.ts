import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeDiff, mergePatch } from './merge-patch.ts';

// The examples of RFC 7386, appendix A.
const cases: [target: unknown, patch: unknown, want: unknown][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

for (const [target, patch, want] of cases) {
  test(`merge ${JSON.stringify(patch)} into ${JSON.stringify(target)}`, () => {
    assert.deepEqual(mergePatch(target, patch), want);
  });
}

/** JSON without nulls, which a merge patch cannot set. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.string()), tie('value'), {
      maxKeys: 4,
    }),
  ),
}));

test('the diff of two values, merged into the first, gives the second', () => {
  fc.assert(
    fc.property(value, value, (given, wanted) => {
      const from = JSON.parse(JSON.stringify(given)) as unknown;
      const to = JSON.parse(JSON.stringify(wanted)) as unknown;
      const patch = mergeDiff(from, to);
      assert.equal(
        JSON.stringify(sorted(patch === undefined ? from : mergePatch(from, patch))),
        JSON.stringify(sorted(to)),
      );
    }),
  );
});

function sorted(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sorted);
  if (typeof json !== 'object' || json === null) return json;
  return Object.entries(json)
    .map(([name, member]) => [name, sorted(member)])
    .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1));
}

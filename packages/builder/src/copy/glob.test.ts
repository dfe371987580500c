import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wildcardExpression } from './glob.ts';

/** From the table of Go's path/filepath match_test.go. */
const cases: [pattern: string, name: string, matches: boolean][] = [
  ['abc', 'abc', true],
  ['*', 'abc', true],
  ['*c', 'abc', true],
  ['a*', 'ab', true],
  ['a*/b', 'a/c/b', false],
  ['a?c', 'abc', true],
  ['ab[c]', 'abc', true],
  ['ab[b-d]', 'abc', true],
  ['ab[e-g]', 'abc', false],
  ['ab[^c]', 'abc', false],
  ['ab[^b-d]', 'abe', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'ab', false],
  ['a???b', 'aabc', false],
  ['a[^a]b', 'a☺b', true],
  ['a?b', 'a☺b', true],
  ['[\\]a]', ']', true],
  ['[\\-x]', '-', true],
  ['*.go', 'main.go', true],
];
for (const [pattern, name, matches] of cases) {
  test(`${pattern} ${matches ? 'matches' : 'does not match'} ${name}`, () => {
    assert.equal(wildcardExpression(pattern).test(name), matches);
  });
}

for (const pattern of ['[', '[]', '[a', 'a\\', '[^]']) {
  test(`not a pattern: ${pattern}`, () => {
    assert.throws(() => wildcardExpression(pattern), { code: 'COPY_PATTERN' });
  });
}

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  childName,
  dnsLabelProblems,
  dnsSubdomainProblems,
  generateName,
  labelValueProblems,
  pathSegmentProblems,
  qualifiedNameProblems,
} from './names.ts';

const long = 'a'.repeat(64);

const rules: [rule: string, problems: (text: string) => string[], good: string[], bad: string[]][] = [
  ['DNS label', dnsLabelProblems, ['a', 'a-b', '1a'], ['', 'A', '-a', 'a-', 'a.b', 'a_b', 'ä', long]],
  [
    'DNS subdomain',
    dnsSubdomainProblems,
    ['a', 'a.b-c', long],
    ['', '.a', 'a..b', 'A', 'a/b', 'a'.repeat(254)],
  ],
  ['path segment', pathSegmentProblems, ['system:x', 'A b'], ['.', '..', 'a/b', 'a%b']],
  [
    'qualified name',
    qualifiedNameProblems,
    ['a', 'A.b_c', 'x.dev/Y'],
    ['', 'a/b/c', '/a', 'x/', '_a', 'X/y', long],
  ],
  ['label value', labelValueProblems, ['', 'a', 'A.b_c-1'], ['-a', 'a b', 'a/', long]],
];

for (const [rule, problems, good, bad] of rules) {
  test(rule, () => {
    for (const text of good) assert.deepEqual(problems(text), [], text);
    for (const text of bad) assert.notDeepEqual(problems(text), [], text);
  });
}

test('a generated name keeps the base and fits 63 characters', () => {
  assert.match(generateName('run-'), /^run-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  assert.equal(generateName('a'.repeat(100)).length, 63);
});

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const full = 'p'.repeat(59);
const over = 'p'.repeat(60);

const children: [parent: string, suffix: string, want: string][] = [
  ['build', '-pod', 'build-pod'],
  [full, '-pod', `${full}-pod`],
  [over, '-pod', `${'p'.repeat(27)}${md5(over)}-pod`],
  [over, '-pod-retry12', `${'p'.repeat(19)}${md5(over)}-pod-retry12`],
  ['short', 's'.repeat(70), `short${md5(`short${'s'.repeat(70)}`)}${'s'.repeat(26)}`],
];

for (const [parent, suffix, want] of children) {
  test(`the child of ${parent.slice(0, 8)} (${parent.length}) with ${suffix.slice(0, 8)} (${suffix.length})`, () => {
    assert.equal(childName(parent, suffix), want);
    assert.ok(want.length <= 63);
  });
}

test('a child name with a long suffix ends in a letter or digit', () => {
  const name = childName('parent', `-${'s'.repeat(24)}-${'t'.repeat(60)}`);
  assert.match(name, /^parent[0-9a-f]{32}-s{24}$/);
});

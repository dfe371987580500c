import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SlipwayError } from '@slipway/core';
import fc from 'fast-check';
import { expand, expandWords } from './expand.ts';

const folder = join(import.meta.dirname, '../testdata/expand');
const lines = (file: string): string[] =>
  readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));

const failed = { code: 'DOCKERFILE_EXPANSION', kind: 'invalid' };

test('the table of words that BuildKit keeps', () => {
  const variables: Record<string, string> = { SHELL: 'bash', PWD: '/home', KOREAN: '한국어', NULL: '' };
  for (const line of lines('buildkit-words.txt')) {
    const [platform, word = '', want = ''] = line.split('|').map((part) => part.trim());
    if (platform === 'W') continue; // Variables without regard to case: Windows only.
    const action = (): string => expand(word, (name) => variables[name]);
    if (want === 'error') assert.throws(action, failed, line);
    else assert.equal(action(), want, line);
  }
});

test('the table of splits that BuildKit keeps', () => {
  const variables: Record<string, string> = {};
  for (const line of lines('buildkit-splits.txt')) {
    const env = /^ENV (\w+)=(.*)$/.exec(line);
    if (env) {
      variables[env[1]!] = env[2]!;
      continue;
    }
    const [word = '', want = ''] = line.split(' | ');
    const action = (): string[] => expandWords(word.trim(), (name) => variables[name]);
    if (want.trim() === 'error') assert.throws(action, failed, line);
    else assert.deepEqual(action(), want.trimStart().split(','), line);
  }
});

const SET = { FOO: 'xxx', BAR: '' };

const substitutions: [word: string, variables: Record<string, string>, want: string | undefined][] = [
  ['x ${UNUSED}', {}, 'x '],
  ['${FOO-aaa} ${BAR-bbb} ${BAZ-ccc}', SET, 'xxx  ccc'],
  ['${FOO:-aaa} ${BAR:-bbb} ${BAZ:-ccc}', SET, 'xxx bbb ccc'],
  ['${FOO:-}', {}, ''],
  ['${FOO+aaa} ${BAR+bbb} ${BAZ+ccc}', SET, 'aaa bbb '],
  ['${FOO:+aaa} ${BAR:+bbb} ${BAZ:+ccc}', SET, 'aaa  '],
  ['${FOO?aaa}${BAR?bbb}', SET, 'xxx'],
  ['${BAZ?ccc}', SET, undefined],
  ['${BAR:?bbb}', SET, undefined],
  ['${FOO=aaa}', SET, undefined],
  ['${FOO#()[]{\\}^$.\\*\\?|\\\\}', { FOO: '()[]{}^$.*?|\\x' }, 'x'],
  ['${FOO%%\\**}', { FOO: 'xx**' }, 'xx'],
  ['${FOO#*x*y}', { FOO: 'xxyy' }, 'y'],
  ['${FOO#*}', { FOO: 'xxyy' }, 'xxyy'],
  ['${FOO#$BAR}', { FOO: 'xxyy', BAR: 'x' }, 'xyy'],
  ['${FOO##*x}', { FOO: 'xxyy' }, 'yy'],
  ['${FOO##}', { FOO: 'xxyy' }, 'xxyy'],
  ['${FOO#?\\?}', { FOO: '???y' }, '?y'],
  ['${FOO%y*}', { FOO: 'xxyy' }, 'xxy'],
  ['${FOO%%y*}', { FOO: 'xxyy' }, 'xx'],
  ['${FOO%%\\**\\*}', { FOO: 'a***yy*' }, 'a'],
  ['${FOO:#}', {}, undefined],
  ['${FOO/$N/.} - ${FOO//$N/.}', { FOO: '/foo*/*/*.txt', N: '\\*/' }, '/foo.*/*.txt - /foo..*.txt'],
  ['${FOO/$N/} - ${FOO//$N/}', { FOO: '/tmp/tmp/bar.txt', N: '/tmp' }, '/tmp/bar.txt - /bar.txt'],
  ['${FOO/$N/$R} - ${FOO//$N/$R}', { FOO: '/a/foo/b/c.txt', N: '/?/', R: '/' }, '/foo/b/c.txt - /foo/c.txt'],
  ['${FOO//\\//\\/}', { FOO: '/tmp/foo.txt' }, '\\/tmp\\/foo.txt'],
  ['${FOO/$BAR/ww}', { FOO: 'xxyy', BAR: '' }, 'wwxxyy'],
  ['${FOO//ww}', { FOO: 'xxyy' }, undefined],
  ['${FOO///}', { FOO: 'xxyy' }, 'xxyy'],
  ['${FOO//*/-}', { FOO: 'xxyy' }, '-'],
  ['${FOO/\\a/b}', { FOO: 'a' }, undefined],
  ['v${A}-${B}${C:+-${C}}.tgz', { A: '1', B: 'arm', C: 'v7' }, 'v1-arm-v7.tgz'],
  ['v${A}-${B}${C:+-${C}}.tgz', { A: '1', B: 'arm64', C: '' }, 'v1-arm64.tgz'],
];

for (const [word, variables, want] of substitutions) {
  test(`expand ${word}`, () => {
    const action = (): string => expand(word, (name) => variables[name as keyof typeof variables]);
    if (want === undefined) assert.throws(action, failed);
    else assert.equal(action(), want);
  });
}

test('the escape directive moves the escape, and quotes may be ordinary', () => {
  assert.equal(
    expand('`$A c:\\x', () => '1', { escape: '`' }),
    '$A c:\\x',
  );
  assert.equal(
    expand('"$A" \'$A\' \\$A', () => '1', { ignoreQuotes: true }),
    '"1" \'1\' $A',
  );
});

test('an error names the word, the reason and the place', () => {
  const place = { file: 'Dockerfile', line: 3, column: 7 };
  assert.throws(() => expand('a${X:?set it with --build-arg}', () => undefined, { place }), {
    message: 'cannot expand "a${X:?set it with --build-arg}": X: set it with --build-arg',
    place,
  });
});

test('any word expands or throws a SlipwayError, in linear depth', () => {
  const piece = fc.constantFrom(
    ...'$ { } : - + ? # % / \\ " \' * a < A 1'.split(' '),
    ' ',
    '${',
    '${A',
    ':-',
    '//',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        expandWords(pieces.join(''), (name) => (name === 'A' ? 'a b*c/d' : undefined));
      } catch (error) {
        assert.ok(error instanceof SlipwayError, String(error));
      }
    }),
    { numRuns: 5000 },
  );
  assert.throws(() => expand('${A:-'.repeat(100_000), () => undefined), failed);
});

test('values that double with each step end in an error', () => {
  let value = 'x'.repeat(1000);
  const grow = (): void => {
    for (let step = 0; step < 40; step++) value = expand('$A"$A"', () => value);
  };
  assert.throws(grow, failed);
  assert.throws(() => expand(`\${A//?/${'y'.repeat(1000)}}`, () => 'x'.repeat(100_000)), failed);
});

test('a pattern of many stars takes no exponential time', () => {
  assert.equal(
    expand('${A//*a*a*b/}', () => 'a'.repeat(20_000)),
    'a'.repeat(20_000),
  );
  assert.equal(
    expand(`\${A#${'*a'.repeat(50)}b}`, () => 'a'.repeat(2000)),
    'a'.repeat(2000),
  );
});

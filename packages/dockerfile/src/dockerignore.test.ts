import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ignoreMatcher, parseDockerignore } from './dockerignore.ts';
import { cleanPath } from './path-clean.ts';

const failed = { code: 'DOCKERFILE_IGNORE_PATTERN' };

/** The tables of moby/patternmatcher and of Go's filepath.Match: undefined is a bad pattern. */
const single: [pattern: string, path: string, excluded: boolean | undefined][] = [
  ['**', 'file', true],
  ['**/', 'file', true],
  ['**', 'dir/file', true],
  ['**/**', 'dir/file', true],
  ['dir/**', 'dir/file', true],
  ['dir/**', 'dir/dir2/file', true],
  ['abc/**', 'abc', false],
  ['**/dir', 'dir', true],
  ['**/dir', 'dir/file', true],
  ['**/dir2/*', 'dir/dir2/file', true],
  ['**/dir2/**', 'dir/dir2/dir3/file', true],
  ['**file', 'file', true],
  ['**file', 'dir/file', true],
  ['**file', 'afile', true],
  ['**/file', 'dir/dir/file', true],
  ['**/file', 'afile', false],
  ['**/file*', 'dir/dir/file.txt', true],
  ['**/file*txt', 'dir/dir/file.txt', true],
  ['**/file*.txt*', 'dir/dir/file.txt', true],
  ['**/**/*.txt', 'dir/dir/file.txt', true],
  ['**/**/*.txt2', 'dir/dir/file.txt', false],
  ['**/*.txt', 'file.txt', true],
  ['a**/*.txt', 'a/dir/dir/file.txt', true],
  ['a/*.txt', 'a/dir/file.txt', false],
  ['a/*.txt', 'a/file.txt', true],
  ['a/*.txt**', 'a/file.txt', true],
  ['a[b-d]e', 'ae', false],
  ['a[b-d]e', 'ace', true],
  ['a[^b-d]e', 'aze', true],
  ['a[^b-d]e', 'ace', false],
  ['.*', '.foo', true],
  ['.*', 'foo', false],
  ['abc.def', 'abcZdef', false],
  ['abc?def', 'abcZdef', true],
  ['abc?def', 'abcdef', false],
  ['a\\\\', 'a\\', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'ab', false],
  ['**/foo/bar', 'dir/dir2/foo/bar', true],
  ['**/.foo', 'bar.foo', false],
  ['a(b)c/def', 'a(b)c/def', true],
  ['a.|)$(}+{bc', 'a.|)$(}+{bc', true],
  ['dist/*.whl', 'dist/a+b.dev36-none-any.whl', true],
  ['a*b', 'a/b', false],
  ['a?b', 'a/b', false],
  ['a?b', 'a☺b', true],
  ['a???b', 'a☺b', false],
  ['[a-ζ]*', 'α', true],
  ['*[a-ζ]', 'A', false],
  ['[\\]a]', ']', true],
  ['[\\-]', '-', true],
  ['[x\\-]', 'z', false],
  ['a*b?c*x', 'abxbbxdbxebxczzx', true],
  ['a*b?c*x', 'abxbbxdbxebxczzy', false],
  ['[]a]', ']', undefined],
  ['[-]', '-', undefined],
  ['[x-]', 'x', undefined],
  ['[a-b-c]', 'a', undefined],
  ['[', 'a', undefined],
  ['[^bc', 'a', undefined],
  ['a[', 'a', undefined],
  ['\\', 'a', undefined],
  ['[z-a]', 'a', undefined],
  ['!', 'a', undefined],
];

for (const [pattern, path, excluded] of single) {
  test(`ignore ${pattern} against ${path}`, () => {
    if (excluded === undefined) assert.throws(() => ignoreMatcher([pattern]), failed);
    else assert.equal(ignoreMatcher([pattern]).excludes(path), excluded);
  });
}

const files: [name: string, text: string, kept: string[], left: string[], pruned: string[]][] = [
  ['comments, blank lines, spaces', '# all\n\n  a  \n#b\n', ['b', '#b'], ['a', 'a/b'], ['a']],
  ['byte order mark and CRLF', '\uFEFFa\r\nb\r\n', ['c'], ['a', 'b'], ['a']],
  ['leading and trailing slashes', '/a/\n./b//c/../d\n', ['x/a', 'b/c'], ['a/x', 'b/d'], ['a', 'b/d']],
  ['taken in again', 'docs\n!docs/README.md\n', ['docs/README.md'], ['docs/x'], []],
  ['all but a folder', '*\n!src\n', ['src/a', 'src/a/b'], ['a', 'b/src'], ['lib']],
  [
    'all but a deep folder',
    '**\n! util/docker/web',
    ['util/docker/web/foo'],
    ['util/x'],
    ['lib', 'utilities'],
  ],
  ['the last one counts', '**\n!a/b\na/b/c\n', ['a/b/x'], ['a/b/c'], ['a/b/c', 'x']],
  [
    'wildcard taken in again',
    'node_modules\n!**/keep.txt\n',
    ['node_modules/a/keep.txt'],
    ['node_modules/a'],
    [],
  ],
  ['a space before a comment', ' # a\n', ['a'], ['# a'], ['# a']],
];

for (const [name, text, kept, left, pruned] of files) {
  test(`.dockerignore: ${name}`, () => {
    const matcher = parseDockerignore(text);
    for (const path of kept) assert.equal(matcher.excludes(path), false, `${path} is kept`);
    for (const path of left) assert.equal(matcher.excludes(path), true, `${path} is left out`);
    for (const folder of pruned) assert.equal(matcher.prunes(folder), true, `${folder} is not entered`);
  });
}

test('a bad pattern is named with its line', () => {
  assert.throws(() => parseDockerignore('a\n  [x\n', { file: 'ctx/.dockerignore' }), {
    code: 'DOCKERFILE_IGNORE_PATTERN',
    place: { file: 'ctx/.dockerignore', line: 2, column: 1, text: '  [x' },
  });
});

const segment = fc.constantFrom('a', 'b', 'ab', '*', '**', 'a*', '?', '**b');
const path = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'x'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));

test('a pruned folder has nothing in it that is kept', () => {
  const pattern = fc
    .tuple(fc.boolean(), fc.array(segment, { minLength: 1, maxLength: 3 }))
    .map(([negated, parts]) => `${negated ? '!' : ''}${parts.join('/')}`);
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 4 }), path, path, (patterns, folder, below) => {
      const matcher = ignoreMatcher(patterns);
      if (matcher.prunes(folder))
        assert.ok(matcher.excludes(`${folder}/${below}`), `${patterns} ${folder} ${below}`);
    }),
    { numRuns: 3000 },
  );
});

test('paths are cleaned as Go cleans them', () => {
  const table = {
    '': '.',
    a: 'a',
    'a//b/': 'a/b',
    './a/../b': 'b',
    '../a': '../a',
    '/../a': '/a',
    '/': '/',
    '..//..': '../..',
  };
  for (const [from, to] of Object.entries(table)) assert.equal(cleanPath(from), to);
});

test('the last pattern decides, a pattern of a folder for all in it', () => {
  // BuildKit sends dir/sub/c.txt as an empty file here: its walk and its reader do not agree.
  const matcher = parseDockerignore('*\n!dir/sub/c.txt\ndir/sub\n');
  assert.equal(matcher.excludes('dir/sub/c.txt'), true);
});

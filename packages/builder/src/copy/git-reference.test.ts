import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GitReference, parseGitReference } from './git-reference.ts';

const URL = 'https://h/r.git';
const plain: GitReference = {
  url: URL,
  reference: '',
  subfolder: '',
  checksum: undefined,
  keepGitDir: undefined,
  submodules: true,
};

const cases: [source: string, change: Partial<GitReference>][] = [
  [URL, {}],
  [`${URL}#v1`, { reference: 'v1' }],
  [`${URL}#v1:docs/x`, { reference: 'v1', subfolder: 'docs/x' }],
  [`${URL}#:docs`, { subfolder: 'docs' }],
  [`${URL}?ref=v1&subdir=docs`, { reference: 'v1', subfolder: 'docs' }],
  [`${URL}?tag=v1`, { reference: 'refs/tags/v1' }],
  [`${URL}?branch=refs/heads/x`, { reference: 'refs/heads/x' }],
  [`${URL}?ref=v1#v1`, { reference: 'v1' }],
  [
    `${URL}?commit=abc&keep-git-dir&submodules=false`,
    { checksum: 'abc', keepGitDir: true, submodules: false },
  ],
  ['git@h:a/b.git#x', { url: 'git@h:a/b.git', reference: 'x' }],
];
for (const [source, change] of cases) {
  test(`ADD ${source}`, () => assert.deepEqual(parseGitReference(source), { ...plain, ...change }));
}

const wrong: [source: string, message: RegExp][] = [
  [`${URL}?refs=v1`, /there is no query "refs"; there are ref, tag/],
  [`${URL}?ref=`, /"ref" has no value/],
  [`${URL}?ref=a&ref=b`, /"ref" is there twice/],
  [`${URL}?ref=a#b`, /the reference is given as b and as a/],
  [`${URL}?tag=a&branch=b`, /the reference is given as refs\/tags\/a and as refs\/heads\/b/],
  [`${URL}?submodules=maybe`, /"submodules" is true or false, not "maybe"/],
];
for (const [source, message] of wrong) {
  test(`ADD refuses ${source}`, () =>
    assert.throws(() => parseGitReference(source), { code: 'ADD_GIT', message }));
}

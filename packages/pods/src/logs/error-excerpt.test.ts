import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorExcerpt } from './error-excerpt.ts';

const cases: [what: string, log: string, excerpt: string][] = [
  ['nothing', '\n \n', ''],
  ['the last line', 'one\ntwo\nthree\n', 'three'],
  [
    'an error and its hint',
    'work\nerror pushing image: no\nhint: log in\n',
    'error pushing image: no; hint: log in',
  ],
  [
    'the last of two errors',
    'Error: first\nmore\nfatal: second\nplease check\n',
    'fatal: second; please check',
  ],
  [
    "docker's",
    'Login…\nError response from daemon: Get "https://r/v2/": unauthorized\n',
    'Error response from daemon: Get "https://r/v2/": unauthorized',
  ],
  ["a logger's", 'x\ntime="1" level=fatal msg="no"\nexit\n', 'time="1" level=fatal msg="no"; exit'],
  ['an error in several lines', 'Error: 1 error occurred:\n\t* no\n', 'Error: 1 error occurred: * no'],
  ['an error that other work followed', `error: old\n${'work\n'.repeat(9)}last\n`, 'last'],
  ['colours and control characters', '\u001b[31mERROR\u001b[0m[01] no\u0007\tpe\n', 'ERROR[01] no  pe'],
  ['a progress bar', 'Receiving 1%\rReceiving 100%, done\n', 'Receiving 100%, done'],
  ['words that only begin like one', 'errors are fine\nall went well\n', 'all went well'],
];

for (const [what, log, excerpt] of cases) {
  test(`error excerpt: ${what}`, () => assert.equal(errorExcerpt(log), excerpt));
}

test('error excerpt: a long line is cut', () => {
  const excerpt = errorExcerpt(`error: ${'x'.repeat(5000)}`);
  assert.equal(excerpt.length, 1200);
  assert.match(excerpt, /x …$/);
});

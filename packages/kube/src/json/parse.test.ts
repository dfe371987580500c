import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isStatus } from '../status-error.ts';
import { parseJson } from './parse.ts';

const cases: [text: string, duplicates: string[]][] = [
  ['{}', []],
  ['{"a":1,"b":1}', []],
  ['{"a":1,"a":2}', ['a']],
  ['{"a":1,"\\u0061":2}', ['a']],
  ['{"spec":{"x":1,"y":{"x":1},"x":2}}', ['spec.x']],
  ['{"l":[{"a":1},{"a":1,"a":2}],"a":0}', ['l[1].a']],
  ['{"a":[1,2,[3]],"b":["a","a"],"a":0}', ['a']],
  ['{"a":"\\"a\\":{[","a":1}', ['a']],
  ['{"x.y/z":1,"x.y/z":2}', ['[x.y/z]']],
  ['["a","a"]', []],
];

for (const [text, duplicates] of cases) {
  test(`duplicates in ${text}`, () =>
    assert.deepEqual(parseJson(text), { value: JSON.parse(text), duplicates }));
}

test('JSON that was written by JSON.stringify has no duplicates', () => {
  fc.assert(fc.property(fc.json(), (text) => assert.deepEqual(parseJson(text).duplicates, [])));
});

for (const [title, text] of [
  ['nothing', ''],
  ['half an object', '{"a":'],
  ['a comment', '{} // x'],
  ['nesting beyond every object', '['.repeat(501) + ']'.repeat(501)],
] as const) {
  test(`refused: ${title}`, () =>
    assert.throws(
      () => parseJson(text),
      (error) => isStatus(error, 'BadRequest'),
    ));
}

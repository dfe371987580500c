import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isStatus } from '../status-error.ts';
import { jsonPatch } from './json-patch.ts';

const document = { a: 1, list: [1, 2, 3], deep: { 'x/y': { '~': true } } };

const cases: [title: string, patch: unknown[], want: unknown][] = [
  ['add a member', [{ op: 'add', path: '/b', value: 2 }], { ...document, b: 2 }],
  ['add into a list', [{ op: 'add', path: '/list/1', value: 9 }], { ...document, list: [1, 9, 2, 3] }],
  ['append', [{ op: 'add', path: '/list/-', value: 9 }], { ...document, list: [1, 2, 3, 9] }],
  ['remove a member', [{ op: 'remove', path: '/a' }], { list: document.list, deep: document.deep }],
  ['remove from the end', [{ op: 'remove', path: '/list/-1' }], { ...document, list: [1, 2] }],
  ['replace', [{ op: 'replace', path: '/a', value: null }], { ...document, a: null }],
  [
    'replace a missing member, as tkn cancel does',
    [{ op: 'replace', path: '/new', value: 1 }],
    { ...document, new: 1 },
  ],
  [
    'escaped names',
    [{ op: 'replace', path: '/deep/x~1y/~0', value: 0 }],
    { ...document, deep: { 'x/y': { '~': 0 } } },
  ],
  ['move', [{ op: 'move', from: '/a', path: '/list/0' }], { list: [1, 1, 2, 3], deep: document.deep }],
  ['copy', [{ op: 'copy', from: '/list', path: '/a' }], { ...document, a: [1, 2, 3] }],
  ['test a value', [{ op: 'test', path: '/deep', value: document.deep }], document],
  ['test a missing value against null', [{ op: 'test', path: '/none', value: null }], document],
  ['replace the whole', [{ op: 'replace', path: '', value: 1 }], 1],
  [
    'a name of the prototype is a member like any other',
    [{ op: 'add', path: '/deep/__proto__', value: 1 }],
    { ...document, deep: JSON.parse('{"x/y":{"~":true},"__proto__":1}') },
  ],
];

for (const [title, patch, want] of cases) {
  test(`JSON patch: ${title}`, () => {
    const before = structuredClone(document);
    assert.deepEqual(jsonPatch(document, patch), want);
    assert.deepEqual(document, before);
  });
}

const refused: [title: string, patch: unknown, reason: 'Invalid' | 'BadRequest'][] = [
  ['no list', { op: 'add' }, 'BadRequest'],
  ['an unknown operation', [{ op: 'merge', path: '/a' }], 'BadRequest'],
  ['no path', [{ op: 'remove' }], 'BadRequest'],
  ['no from', [{ op: 'move', path: '/a' }], 'BadRequest'],
  ['too many operations', Array(10_001).fill({ op: 'test', path: '', value: 1 }), 'BadRequest'],
  ['a path without a slash', [{ op: 'add', path: 'a', value: 1 }], 'Invalid'],
  ['a missing parent', [{ op: 'add', path: '/x/y', value: 1 }], 'Invalid'],
  ['a parent that is a number', [{ op: 'add', path: '/a/y', value: 1 }], 'Invalid'],
  ['the prototype as a parent', [{ op: 'add', path: '/__proto__/polluted', value: 1 }], 'Invalid'],
  ['a constructor as a parent', [{ op: 'add', path: '/constructor/prototype/x', value: 1 }], 'Invalid'],
  ['an index beyond the list', [{ op: 'add', path: '/list/9', value: 1 }], 'Invalid'],
  ['an index with a leading zero', [{ op: 'remove', path: '/list/01' }], 'Invalid'],
  ['remove of a missing member', [{ op: 'remove', path: '/none' }], 'Invalid'],
  ['remove of the root', [{ op: 'remove', path: '' }], 'Invalid'],
  ['a test that fails', [{ op: 'test', path: '/a', value: 2 }], 'Invalid'],
  ['a move into itself', [{ op: 'move', from: '/deep', path: '/deep/x' }], 'Invalid'],
  ['copies that double', Array(60).fill({ op: 'copy', from: '', path: '/list/-' }), 'Invalid'],
];

for (const [title, patch, reason] of refused) {
  test(`JSON patch refused: ${title}`, () => {
    assert.throws(
      () => jsonPatch(document, patch),
      (error) => isStatus(error, reason),
    );
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
  });
}

test('JSON patch: add, then remove, changes nothing', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.string(),
      fc.jsonValue(),
      (object, name, value) => {
        fc.pre(!Object.hasOwn(object, name));
        const path = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const there = jsonPatch(object, [{ op: 'add', path, value }]);
        assert.deepEqual(jsonPatch(there, [{ op: 'remove', path }]), structuredClone(object));
      },
    ),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlipwayError } from '@slipway/core';
import fc from 'fast-check';
import { isStatus } from '../status-error.ts';
import { parseManifests, parseYamlValue } from './manifests.ts';
import { stringifyYaml } from './stringify.ts';

const text = `# a comment
apiVersion: v1
kind: Pod
metadata:
  name: x
  labels:
    app.dev/name: web
spec:
  containers:
    - name: a
      image: i
---
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
  - apiVersion: v1
    kind: Secret
`;

test('documents and the items of a List become objects; empty documents do not', () => {
  const manifests = parseManifests(text, 'f.yaml');
  assert.deepEqual(
    manifests.map(({ object }) => object.kind),
    ['Pod', 'ConfigMap', 'Secret'],
  );
  assert.deepEqual(manifests[2]?.object.metadata, {});
});

const places: [manifest: number, field: string, line: number, column: number][] = [
  [0, '', 2, 1],
  [0, 'spec', 8, 1],
  [0, 'metadata.labels[app.dev/name]', 7, 5],
  [0, 'spec.containers[0]', 10, 7],
  [0, 'spec.containers[0].image', 11, 7],
  [0, 'spec.containers[0].missing', 10, 7],
  [0, 'spec.containers[7].image', 9, 3],
  [1, 'metadata.name', 17, 50],
  [2, 'kind', 19, 5],
];

for (const [index, field, line, column] of places) {
  test(`the place of ${field || 'the object'} of manifest ${index}`, () => {
    const place = parseManifests(text, 'f.yaml')[index]?.place(field);
    assert.deepEqual([place?.file, place?.line, place?.column], ['f.yaml', line, column]);
    assert.equal(place?.text, text.split('\n')[line - 1]);
  });
}

const scalars: [yaml: string, value: unknown][] = [
  ['yes', true],
  ['on', true],
  ['n', false],
  ['"yes"', 'yes'],
  ['0644', 420],
  ['0o644', 420],
  ['0x1F', 31],
  ['1_000', 1000],
  ['12:30:45', '12:30:45'],
  ['80:80', '80:80'],
  ['2026-01-02', '2026-01-02'],
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'],
  ['1e3', 1000],
  ['~', null],
  ['100m', '100m'],
];

for (const [yaml, value] of scalars) {
  test(`the YAML scalar ${yaml} reads as in Go`, () => {
    assert.deepEqual(parseYamlValue(`a: ${yaml}`).value, { a: value });
  });
}

test('anchors and merge keys work', () => {
  assert.deepEqual(parseYamlValue('a: &x {k: 1}\nb: {<<: *x, l: 2}').value, {
    a: { k: 1 },
    b: { k: 1, l: 2 },
  });
});

const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi']
  .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(',')}]`)
  .join('\n')}`;

const wrong: [title: string, text: string, code: string, line: number][] = [
  ['a tab as indentation', 'apiVersion: v1\n\tkind: Pod', 'YAML_SYNTAX', 2],
  ['an open bracket', 'apiVersion: v1\nkind: [Pod', 'YAML_SYNTAX', 2],
  ['a key twice', 'apiVersion: v1\nkind: Pod\nkind: Task', 'YAML_SYNTAX', 3],
  ['an alias without its anchor', 'apiVersion: v1\nkind: *x', 'YAML_SYNTAX', 1],
  ['aliases that expand to billions', bomb, 'YAML_SYNTAX', 1],
  ['bottomless nesting', '['.repeat(20_000), 'YAML_SYNTAX', 1],
  ['a list instead of an object', '- a', 'MANIFEST_INVALID', 1],
  ['text instead of an object', 'hello', 'MANIFEST_INVALID', 1],
  ['no kind', '---\n\napiVersion: v1', 'MANIFEST_INVALID', 3],
];

for (const [title, input, code, line] of wrong) {
  test(`refused with its place: ${title}`, () => {
    assert.throws(
      () => parseManifests(input, 'f.yaml'),
      (error) => {
        assert.ok(error instanceof SlipwayError, String(error));
        assert.deepEqual([error.code, error.place?.file, error.place?.line], [code, 'f.yaml', line]);
        return true;
      },
    );
  });
}

test('a body that is no YAML is BadRequest', () => {
  assert.throws(
    () => parseYamlValue('a: ['),
    (error) => isStatus(error, 'BadRequest'),
  );
});

test('what is written is read back the same', () => {
  const awkward = fc.constantFrom(
    'yes',
    'on',
    '012',
    '0o7',
    '1e3',
    '~',
    'null',
    '1:2',
    '2026-01-01',
    '- a',
    '{',
    '#',
    ' x ',
    'a\nb\n',
    '\t',
  );
  const value = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      awkward,
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.array(tie('json')),
      fc.dictionary(fc.oneof(awkward, fc.string()), tie('json')),
    ),
  })).json;
  fc.assert(
    fc.property(value, (given) => {
      const json = JSON.parse(JSON.stringify(given)) as unknown;
      assert.deepEqual(parseYamlValue(stringifyYaml(json)).value, json);
    }),
  );
});

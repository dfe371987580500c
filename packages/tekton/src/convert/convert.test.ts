import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatPlace, SlipwayError } from '@slipway/core';
import { parseManifests, type Task } from '@slipway/kube';
import { validateTask } from '../validation/task-spec.ts';
import { type Conversion, convertManifests } from './convert.ts';

// `testdata/convert/<case>/{in.yaml,want.yaml,want.txt}`; UPDATE_GOLDEN=1 writes the last two.
const folder = join(import.meta.dirname, '../../testdata/convert');
const CLONE = 'apiVersion: tekton.dev/v1\nkind: Task\nmetadata:\n  name: git-clone\n';

const convert = (text: string): Conversion => convertManifests([{ file: 'in.yaml', text }], CLONE);

function said({ problems, notes }: Conversion): string {
  const lines = [
    ...problems.map(({ message, place }) => `problem ${formatPlace(place)}: ${message}\n`),
    ...notes.map(({ message, place }) => `note ${formatPlace(place)}: ${message}\n`),
  ];
  return lines.join('');
}

function golden(path: string, got: string): void {
  if (process.env.UPDATE_GOLDEN) writeFileSync(path, got);
  assert.equal(got, existsSync(path) ? readFileSync(path, 'utf8') : '');
}

for (const name of readdirSync(folder)) {
  test(`converts: ${name}`, () => {
    const text = readFileSync(join(folder, name, 'in.yaml'), 'utf8');
    const converted = convert(text);
    golden(join(folder, name, 'want.yaml'), converted.text);
    golden(join(folder, name, 'want.txt'), said(converted));
    const comments = (yaml: string): string[] => yaml.match(/ ?# .*/g)?.map((one) => one.trim()) ?? [];
    assert.deepEqual(comments(converted.text).sort(), comments(text).sort(), 'no comment is lost');
  });

  test(`what ${name} becomes is v1, and stays as it is when it is converted again`, () => {
    const { text, problems } = convert(readFileSync(join(folder, name, 'in.yaml'), 'utf8'));
    if (problems.length > 0) return;
    assert.equal(convert(text).text, text);
    for (const { object } of parseManifests(text)) {
      if (object.kind !== 'Task' || object.metadata.name === 'git-clone') continue;
      assert.equal(String(validateTask(object as Task)), '');
    }
  });
}

test('each namespace with a run that clones gets the Task that does', () => {
  const run = (namespace: string): string =>
    `apiVersion: tekton.dev/v1alpha1\nkind: TaskRun\nmetadata: {name: r, namespace: ${namespace}}\nspec:\n` +
    '  taskRef: {name: t}\n  inputs:\n    resources:\n' +
    '      - name: s\n        resourceSpec: {type: git, params: [{name: url, value: u}]}\n';
  const { text } = convert(`${run('a')}---\n${run('b')}---\n${run('a')}`);
  const clones = parseManifests(text).filter(({ object }) => object.metadata.name === 'git-clone');
  assert.deepEqual(
    clones.map(({ object }) => object.metadata.namespace),
    ['a', 'b'],
  );
});

test('what is no YAML is refused with its place', () => {
  assert.throws(
    () => convert('kind: Task\nspec: {'),
    (error) => error instanceof SlipwayError && error.code === 'YAML_SYNTAX' && error.place?.line === 2,
  );
});

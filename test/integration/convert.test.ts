import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { slipway } from '../cli.ts';

const RESOURCE = `apiVersion: tekton.dev/v1alpha1
kind: PipelineResource
metadata: {name: repo}
spec:
  type: git
  params: [{name: url, value: https://git.example/app.git}]
`;
const RUN = `apiVersion: tekton.dev/v1alpha1
kind: TaskRun
metadata: {generateName: run-}
spec:
  taskRef: {name: build}
  inputs:
    resources:
      - name: source
        resourceRef: {name: repo}
`;

test('a folder of old YAML becomes one file that is v1', async () => {
  using folder = temporaryFolder();
  const source = join(folder.path, 'tekton');
  await mkdir(source);
  await writeFile(join(source, 'a.yaml'), RUN);
  await writeFile(join(source, 'b.yml'), RESOURCE);
  await writeFile(join(source, 'README'), 'no YAML: {');
  const output = join(folder.path, 'v1.yaml');
  const { code, stdout, stderr } = await slipway(['convert', '-f', source, '-o', output]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /^note: .*a\.yaml:1:1: a TaskRun with a git resource becomes a PipelineRun/m);
  const text = await readFile(output, 'utf8');
  assert.match(text, /kind: PipelineRun/);
  assert.doesNotMatch(text, /v1alpha1|PipelineResource/);
});

test('what cannot be converted is named with its line, and nothing is written unless asked for', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'run.yaml');
  await writeFile(file, RUN);
  const output = join(folder.path, 'v1.yaml');
  const refused = await slipway(['convert', '-f', file, '-o', output]);
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /cannot convert: .*run\.yaml:8:9: there is no PipelineResource "repo"/);
  assert.match(refused.stderr, /CONVERSION_INCOMPLETE/);
  assert.deepEqual(await readdir(folder.path), ['run.yaml']);
  const partial = await slipway(['convert', '-f', file, '--keep-going']);
  assert.equal(partial.code, 3);
  assert.match(partial.stdout, /^apiVersion: tekton\.dev\/v1$/m);
});

test('a file that is not there, and one that is no YAML', async () => {
  using folder = temporaryFolder();
  assert.equal((await slipway(['convert', '-f', join(folder.path, 'none.yaml')])).code, 4);
  const file = join(folder.path, 'bad.yaml');
  await writeFile(file, 'a: [');
  const { code, stderr } = await slipway(['convert', '-f', file]);
  assert.equal(code, 3);
  assert.match(stderr, /bad\.yaml:1/);
});

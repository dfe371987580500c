import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import type { ImageBuildOptions } from '../commands/image/build.ts';
import { outputFiles, withOutputs } from './outputs.ts';

const given = (output: string[], tag: string[] = []): ImageBuildOptions =>
  ({ output, tag }) as unknown as ImageBuildOptions;

test("docker's outputs that are no files: a push, a name", () => {
  assert.deepEqual(withOutputs(given(['type=registry,name=r/a:1', 'json'], ['r/b:1'])), {
    output: ['json'],
    tag: ['r/b:1', 'r/a:1'],
    push: true,
  });
  assert.deepEqual(withOutputs(given(['type=image,push=true', 'out'])), {
    output: ['out'],
    tag: [],
    push: true,
  });
  assert.deepEqual(withOutputs(given(['type=image'])), { output: [], tag: [] });
  assert.throws(() => withOutputs(given(['type=image,unpack=true'])), { code: 'OUTPUT_INVALID' });
});

test('files are relative to here and have the names', () => {
  assert.deepEqual(outputFiles(given(['type=docker,dest=a.tar', 'text'], ['app'])), [
    { names: ['app:latest'], type: 'docker', dest: resolve('a.tar') },
  ]);
});

test('one archive on standard output, which is no terminal', () => {
  assert.equal(outputFiles(given(['type=docker']), { isTTY: false }).length, 1);
  assert.throws(() => outputFiles(given(['type=docker']), { isTTY: true }), /terminal/);
  assert.throws(() => outputFiles(given(['type=docker', '-']), {}), /both/);
});

// Files that are written to while they are copied: the image has what its cache key says, or there is none.
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { storePaths } from '@slipway/builder';
import { SlipwayError } from '@slipway/core';
import { Workbench } from './builder/workbench.ts';

let bench: Workbench;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
});

after(async () => {
  await bench[Symbol.asyncDispose]();
});

const FROM = 'FROM docker.io/library/busybox:1\n';
const OLD = 'the old content';
const NEW = 'THE NEW CONTENT';

const changes: readonly { readonly name: string; readonly change: (file: string) => void }[] = [
  {
    name: 'gets other bytes, and its time back',
    change: (file) => {
      writeFileSync(file, NEW);
      utimesSync(file, 1, 1);
    },
  },
  { name: 'grows', change: (file) => appendFileSync(file, 'more') },
  { name: 'shrinks', change: (file) => truncateSync(file, 3) },
  { name: 'is gone', change: (file) => rmSync(file) },
];

for (const { name, change } of changes) {
  test(`a file that ${name} between its digest and its place in the layer`, async () => {
    const context = bench.context({
      Dockerfile: `${FROM}COPY files /files/\nRUN cat /files/z # ${name}\n`,
      'files/z': OLD,
    });
    const file = join(context, 'files/z');
    utimesSync(file, 1, 1);
    // It takes a while to pack what comes before it.
    writeFileSync(join(context, 'files/large'), name);
    truncateSync(join(context, 'files/large'), 128 << 20);
    let changed = false;
    const emit = ({ type }: { type: string }): void => {
      if (type !== 'miss' || changed) return;
      changed = true;
      change(file);
    };
    await assert.rejects(bench.build(context, { progress: { emit } }), (error) => {
      assert.ok(error instanceof SlipwayError);
      assert.equal(error.code, 'COPY_SOURCE_CHANGED');
      assert.match(error.message, /files\/z changed while it was copied/);
      assert.equal(error.place?.line, 2);
      return true;
    });
    rmSync(join(context, 'files/large'));
    writeFileSync(file, NEW);
    assert.equal((await bench.build(context)).output, NEW);
    writeFileSync(file, OLD);
    assert.equal((await bench.build(context)).output, OLD);
  });
}

test('in a folder of many files that an earlier build knows, every change is seen', async () => {
  const names = Array.from({ length: 1200 }, (_, at) => `files/${at % 10}/file-${at}`);
  const context = bench.context({
    Dockerfile: `${FROM}COPY files /files/\nRUN cat /files/*/file-7* | sort | uniq -c\n`,
    ...Object.fromEntries(names.map((name) => [name, 'content\n'])),
  });
  const walks = join(storePaths(bench.stateDir).cacheDir, 'walks');
  // Whatever is written now must get another time than what was written before.
  await setTimeout(2100);
  const { output } = await bench.build(context);
  assert.match(output, /^\s+111 content$/);
  assert.equal(readdirSync(walks).length, 1);
  for (let again = 0; again < 2; again++) {
    const { result } = await bench.build(context);
    assert.ok(result.steps.slice(1).every(({ status }) => status === 'cached'));
  }
  writeFileSync(join(context, 'files/7/file-7'), 'changed\n');
  assert.match((await bench.build(context)).output, /^\s+1 changed$/m);
  rmSync(join(context, 'files/7/file-77'));
  assert.match((await bench.build(context)).output, /^\s+109 content$/m);
  writeFileSync(join(context, 'files/7/file-77'), 'content\n');
  writeFileSync(join(context, 'files/7/file-7'), 'content\n');
  assert.equal((await bench.build(context)).output, '');
  assert.match((await bench.build(context, { noCache: true })).output, /^\s+111 content$/);
});

test('every file that a pattern matches counts, also where the destination is named without a slash', async () => {
  const context = bench.context({
    Dockerfile: `${FROM}COPY f* /tmp\nRUN cat /tmp/f*\n`,
    f1: 'one ',
    f2: 'two',
  });
  assert.equal((await bench.build(context)).output, 'one two');
  writeFileSync(join(context, 'f1'), 'ONE ');
  assert.equal((await bench.build(context)).output, 'ONE two');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { BuildTree } from './build-tree.ts';
import type { ProgressEvent } from './progress.ts';
import { type TreeLineOptions, treeLines } from './tree-lines.ts';
import { ttyProgress } from './tty-progress.ts';

const EVENTS: ProgressEvent[] = [
  { type: 'start', step: 1, title: '[build 1/3] FROM golang:1.24' },
  { type: 'start', step: 2, title: '[stage-1 2/2] COPY a /a' },
  { type: 'end', step: 1, status: 'done', durationMs: 400 },
  { type: 'start', step: 3, title: '[build 2/3] RUN make' },
  { type: 'miss', step: 3, reasons: [{ kind: 'first-build' }], text: 'never built' },
  { type: 'output', step: 3, line: 'cc \x1b[31ma.c\x1b[0m\r50%\r100%' },
  { type: 'end', step: 2, status: 'cached', durationMs: 1 },
];

const OPTIONS: TreeLineOptions = {
  columns: 40,
  now: 2000,
  startedMs: 0,
  color: false,
  explainCache: false,
  ended: false,
};

function tree(events: readonly ProgressEvent[] = EVENTS): BuildTree {
  const found = new BuildTree();
  for (const event of events) found.add(event, 500);
  return found;
}

test('stages with their steps, marks, times, and the last lines of what runs', () => {
  assert.deepEqual(treeLines(tree(), OPTIONS), [
    'building 2.0s (2/4)',
    ' build',
    '   ✔ FROM golang:1.24               0.4s',
    '   ● RUN make                       1.5s',
    '     │ 100%',
    ' stage-1',
    '   ◌ COPY a /a                    cached',
  ]);
});

test('a failure shows its output, sizes are shown, the reasons where they are wanted', () => {
  const ended = tree([
    ...EVENTS,
    { type: 'end', step: 3, status: 'failed', durationMs: 1600 },
    { type: 'start', step: 4, title: 'push registry/app:1' },
    { type: 'end', step: 4, status: 'done', durationMs: 100, layerSize: 1_500_000 },
  ]);
  assert.deepEqual(treeLines(ended, { ...OPTIONS, ended: true, explainCache: true }).slice(3), [
    '   ✖ RUN make                       1.6s',
    '     │ not cached: never built',
    '     │ 100%',
    ' stage-1',
    '   ◌ COPY a /a                    cached',
    ' ✔ push registry/app:1     1.50 MB  0.1s',
  ]);
});

test('what is done goes first where there is no room; no line is wider than the terminal', () => {
  const lines = treeLines(tree(), { ...OPTIONS, rows: 3 });
  assert.equal(lines.length, 3);
  assert.ok(lines.some((line) => line.includes('RUN make')));
  const wide = tree([{ type: 'start', step: 1, title: `[1/1] RUN echo ${'漢字'.repeat(50)}` }]);
  for (const line of treeLines(wide, OPTIONS)) assert.ok([...line].length <= 40, line);
});

test('the terminal gets whole drawings, and its cursor back', () => {
  const written: string[] = [];
  const live = ttyProgress(
    { columns: 60, rows: 10, write: (text) => written.push(text) },
    { intervalMs: 1_000_000 },
  );
  for (const event of EVENTS) live.emit(event);
  live.emit({ type: 'warning', text: 'odd', place: { file: 'Dockerfile', line: 2, text: 'RUN make' } });
  live.close();
  live.close();
  assert.equal(written.length, 2);
  assert.match(
    stripVTControlCharacters(written[0]!),
    /^warning: Dockerfile:2: odd\n2 \| RUN make\nbuilding /,
  );
  assert.equal(written[1], '\x1b[?25h');
});

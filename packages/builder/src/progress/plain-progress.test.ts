import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineSplitter } from './line-splitter.ts';
import { plainProgress } from './plain-progress.ts';
import type { ProgressEvent } from './progress.ts';

test('one line an event, with the seconds since the step began', () => {
  let now = 0;
  let text = '';
  const sink = plainProgress(
    (part) => {
      text += part;
    },
    () => now,
  );
  const events: [at: number, event: ProgressEvent][] = [
    [0, { type: 'note', text: 'isolation: chroot' }],
    [0, { type: 'start', step: 1, title: '[build 2/4] RUN make' }],
    [0, { type: 'start', step: 2, title: '[2/2] COPY a b' }],
    [1500, { type: 'output', step: 1, line: 'hello' }],
    [1600, { type: 'end', step: 2, status: 'cached', durationMs: 1 }],
    [2000, { type: 'end', step: 1, status: 'done', durationMs: 2000, layerSize: 33_600_000 }],
    [
      2000,
      { type: 'warning', text: 'odd', place: { file: 'Dockerfile', line: 2, column: 3, text: 'RUNN x' } },
    ],
  ];
  for (const [at, event] of events) {
    now = at;
    sink.emit(event);
  }
  assert.equal(
    text,
    [
      'isolation: chroot',
      '#1 [build 2/4] RUN make',
      '#2 [2/2] COPY a b',
      '#1 1.500 hello',
      '#2 CACHED',
      '#1 DONE 2.0s (layer 33.6 MB)',
      'warning: Dockerfile:2:3: odd',
      '2 | RUNN x',
      '  |   ^',
      '',
    ].join('\n'),
  );
});

test('chunks become lines, characters in two chunks and lines without an end included', () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  const bytes = Buffer.from('one\r\ntwö\nthree');
  splitter.write(bytes.subarray(0, 8));
  splitter.write(bytes.subarray(8));
  splitter.end();
  assert.deepEqual(lines, ['one', 'twö', 'three']);
});

test('a line that never ends is cut', () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  splitter.write(Buffer.alloc(100_000, 'x'));
  assert.equal(lines.join('').length, 100_000);
});

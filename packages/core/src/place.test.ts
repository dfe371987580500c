import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatExcerpt, formatPlace } from './place.ts';

test('a position and a field path are both shown', () => {
  assert.equal(formatPlace({ file: 'Dockerfile', line: 3, column: 5 }), 'Dockerfile:3:5');
  assert.equal(formatPlace({ field: 'spec.steps[0].image' }), 'spec.steps[0].image');
});

test('the caret stands under the column, tabs kept', () => {
  const place = { line: 12, column: 3, text: '\tRUNN make' };
  assert.equal(formatExcerpt(place), '12 | \tRUNN make\n   | \t ^');
});

test('of a long line the part around the column is shown', () => {
  const place = { line: 1, column: 1001, text: `${'a'.repeat(1000)}X${'b'.repeat(1000)}` };
  const [line, caret] = formatExcerpt(place).split('\n') as [string, string];
  assert.ok(line.length < 320, `${line.length}`);
  assert.equal(line[caret.indexOf('^')], 'X');
  assert.match(line, /^1 \| …a+Xb+…$/);
});

test('what a terminal would obey is not shown', () => {
  assert.equal(formatExcerpt({ text: 'RUN \x1b[2J\0 \u009b1m é' }), 'RUN �[2J� �1m é');
});

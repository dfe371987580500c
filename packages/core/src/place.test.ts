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

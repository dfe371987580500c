import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, parseDuration } from './duration.ts';

const cases: [text: string, ms: number, printed: string][] = [
  ['0', 0, '0s'],
  ['1h0m0s', 3_600_000, '1h0m0s'],
  ['90s', 90_000, '1m30s'],
  ['1.5s', 1500, '1.5s'],
  ['250ms', 250, '250ms'],
  ['-5m', -300_000, '-5m0s'],
];

for (const [text, ms, printed] of cases) {
  test(`duration ${text}`, () => {
    assert.equal(parseDuration(text), ms);
    assert.equal(formatDuration(ms), printed);
  });
}

for (const text of ['', '5', 'm', '5 m', '1h-5m', 'ten']) {
  test(`not a duration: "${text}"`, () => {
    assert.throws(() => parseDuration(text), { code: 'INVALID_DURATION' });
  });
}

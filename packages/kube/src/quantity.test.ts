import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isQuantity, parseQuantity } from './quantity.ts';

const cases: [text: string | number, value: number][] = [
  ['0', 0],
  ['500m', 0.5],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['64Mi', 64 * 2 ** 20],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['2G', 2e9],
  ['1e3', 1000],
  ['1E3', 1000],
  ['1E', 1e18],
  ['-1k', -1000],
  [2, 2],
];

for (const [text, value] of cases) {
  test(`quantity ${text}`, () => {
    assert.ok(isQuantity(text));
    assert.equal(parseQuantity(text), value);
  });
}

for (const text of ['', 'Mi', '1 Mi', '1MiB', '1K', '1e', '0x1', 'NaN', '1.2.3']) {
  test(`not a quantity: "${text}"`, () => {
    assert.equal(isQuantity(text), false);
    assert.throws(() => parseQuantity(text), { code: 'INVALID_QUANTITY' });
  });
}

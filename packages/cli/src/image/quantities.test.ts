import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAge, parseSize } from './quantities.ts';

const ages: [string, number][] = [
  ['7d', 604_800_000],
  ['0.5d', 43_200_000],
  ['90m', 5_400_000],
  ['0', 0],
];
for (const [text, ms] of ages) test(`age ${text}`, () => assert.equal(parseAge(text), ms));

const sizes: [string, number][] = [
  ['0', 0],
  ['500000', 500_000],
  ['5GB', 5e9],
  ['1.5g', 1.5e9],
  ['10GiB', 10 * 1024 ** 3],
  ['100 kB', 100_000],
];
for (const [text, bytes] of sizes) test(`size ${text}`, () => assert.equal(parseSize(text), bytes));

for (const text of ['', 'd', '7', '-1h', '1w', '5 days']) {
  test(`"${text}" is no age`, () =>
    assert.throws(() => parseAge(text), { code: 'commander.invalidArgument' }));
}
for (const text of ['', 'GB', '5XB', '-5GB', '5ib']) {
  test(`"${text}" is no size`, () =>
    assert.throws(() => parseSize(text), { code: 'commander.invalidArgument' }));
}

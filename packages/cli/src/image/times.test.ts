import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timesOf } from './times.ts';

const buildArg = { A: 'b' };
const cases: [what: string, given: Parameters<typeof timesOf>, times: ReturnType<typeof timesOf>][] = [
  ['nothing', [{}, {}], { buildArgs: {} }],
  ['--reproducible', [{ buildArg, reproducible: true }, {}], { buildArgs: buildArg, sourceDateEpoch: 0 }],
  [
    'the variable, which is a build argument, too',
    [{ buildArg }, { SOURCE_DATE_EPOCH: '1700000000' }],
    { buildArgs: { A: 'b', SOURCE_DATE_EPOCH: '1700000000' }, sourceDateEpoch: 1_700_000_000 },
  ],
  [
    'a build argument wins',
    [{ buildArg: { SOURCE_DATE_EPOCH: '5' }, reproducible: true }, { SOURCE_DATE_EPOCH: '7' }],
    { buildArgs: { SOURCE_DATE_EPOCH: '5' }, sourceDateEpoch: 5 },
  ],
  ['an empty variable is none', [{}, { SOURCE_DATE_EPOCH: '' }], { buildArgs: {} }],
];
for (const [what, given, times] of cases) test(what, () => assert.deepEqual(timesOf(...given), times));

for (const text of ['yesterday', '-1', '1.5'])
  test(`"${text}" is refused`, () =>
    assert.throws(() => timesOf({}, { SOURCE_DATE_EPOCH: text }), { code: 'EPOCH_INVALID' }));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Matrix } from '@slipway/kube';
import { fanOut } from './matrix.ts';

const rows: [title: string, matrix: Matrix, want: string[] | undefined][] = [
  [
    'the first list varies fastest',
    {
      params: [
        { name: 'b', value: ['1', '2'] },
        { name: 'a', value: ['x', 'y'] },
      ],
    },
    ['a=x b=1', 'a=x b=2', 'a=y b=1', 'a=y b=2'],
  ],
  ['an empty list makes nothing', { params: [{ name: 'a', value: [] }] }, []],
  ['a list that is not known yet', { params: [{ name: 'a', value: '$(tasks.t.results.r[*])' }] }, undefined],
  [
    'included values alone are the combinations',
    { include: [{ params: [{ name: 'a', value: '1' }] }, { params: [{ name: 'b', value: '2' }] }] },
    ['a=1', 'b=2'],
  ],
  [
    'included values complete the combinations that they fit',
    {
      params: [{ name: 'a', value: ['1', '2'] }],
      include: [
        {
          params: [
            { name: 'a', value: '2' },
            { name: 'flag', value: '-x' },
          ],
        },
        { params: [{ name: 'all', value: 'yes' }] },
      ],
    },
    ['a=1 all=yes', 'a=2 all=yes flag=-x'],
  ],
  [
    'included values that fit nothing are one more',
    { params: [{ name: 'a', value: ['1'] }], include: [{ params: [{ name: 'a', value: '9' }] }] },
    ['a=1', 'a=9'],
  ],
];
for (const [title, matrix, want] of rows) {
  test(title, () => {
    const got = fanOut(matrix)?.map((params) =>
      params.map(({ name, value }) => `${name}=${value}`).join(' '),
    );
    assert.deepEqual(got, want);
  });
}

test('lists of results that make too many runs end the run', () => {
  const value = Array.from({ length: 1000 }, (_, index) => `${index}`);
  const params = [
    { name: 'a', value },
    { name: 'b', value },
  ];
  assert.throws(() => fanOut({ params }), /too many combinations: expected 0 <= 1000000 <= 256$/);
});

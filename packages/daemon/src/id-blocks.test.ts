import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { idBlocks } from './id-blocks.ts';

const cases: [title: string, map: string, want: Awaited<ReturnType<typeof idBlocks>>][] = [
  ['root has OpenShift’s ids', '         0          0 4294967295\n', undefined],
  [
    'a user namespace of 65536 ids has blocks of its own',
    '         0       1000          1\n         1     100000      65535\n',
    { first: 10_000, last: 65_535, size: 1000 },
  ],
  ['one id has a block that no pod can use', '0 1000 1\n', { first: 10_000, last: 11_000, size: 1000 }],
];

for (const [title, map, want] of cases) {
  test(title, async () => {
    using folder = temporaryFolder();
    await writeFile(folder.join('uid_map'), map);
    assert.deepEqual(await idBlocks(folder.join('uid_map')), want);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modeOf, parseFileMode } from './file-mode.ts';

const cases: [text: string, before: number, folder: boolean, after: number][] = [
  ['755', 0o644, false, 0o755],
  ['0600', 0o755, false, 0o600],
  ['4755', 0o644, false, 0o4755],
  ['u=rwX,go=rX', 0o600, false, 0o644],
  ['u=rwX,go=rX', 0o700, false, 0o755],
  ['u=rwX,go=rX', 0o600, true, 0o755],
  ['+x', 0o644, false, 0o755],
  ['a-w', 0o666, false, 0o444],
  ['g+s', 0o755, true, 0o2755],
  ['+t', 0o777, true, 0o1777],
  ['g=u', 0o741, false, 0o771],
  ['go=u-w', 0o700, false, 0o755],
  ['o+g', 0o750, true, 0o755],
  ['u+x-w,o=', 0o646, false, 0o540],
];
for (const [text, before, folder, after] of cases) {
  test(`--chmod=${text} on ${before.toString(8)}${folder ? ' folder' : ''}`, () => {
    assert.equal(modeOf(parseFileMode(text), before, folder).toString(8), after.toString(8));
  });
}

for (const text of ['', '9', '77777', 'g=uo', 'u', 'rwx', 'u~r', 'u=q']) {
  test(`--chmod refuses "${text}"`, () => {
    assert.throws(() => parseFileMode(text), { code: 'COPY_CHMOD' });
  });
}

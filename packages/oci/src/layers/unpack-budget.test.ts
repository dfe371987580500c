import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnpackBudget } from './unpack-budget.ts';

const name = Buffer.from('member');

test('a million folders, whiteouts or devices are kept, no more', () => {
  const budget = new UnpackBudget();
  for (let count = 0; count < 1_000_000; count += 1) budget.keepItem(name);
  assert.throws(() => budget.keepItem(name), { code: 'TAR_LIMIT', place: { file: 'member' } });
});

test('64 MiB of extended attributes are kept, no more', () => {
  const budget = new UnpackBudget();
  for (let count = 0; count < 64; count += 1) budget.keepXattr(Buffer.alloc(1024 * 1024), name);
  assert.throws(() => budget.keepXattr(Buffer.alloc(1), name), { code: 'TAR_LIMIT' });
});

test('an archive that replaces folders again and again, each time among a million, is refused soon', () => {
  const budget = new UnpackBudget();
  for (let count = 0; count < 500; count += 1) budget.look(1_000_000, name);
  assert.throws(() => budget.look(1, name), { code: 'TAR_LIMIT' });
});

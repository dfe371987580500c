import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { logEnd } from './log-end.ts';

const line = (text: string, tag = 'F'): string => `2026-01-01T00:00:00.000000000Z stderr ${tag} ${text}\n`;

test('the end of a log is whole lines of its last bytes', async () => {
  using folder = temporaryFolder();
  const path = folder.join('0.log');
  assert.equal(await logEnd(path, 100), '');
  writeFileSync(path, line('first') + line('half', 'P') + line(' and half') + line('last'));
  assert.equal(await logEnd(path, 10_000), 'first\nhalf and half\nlast\n');
  assert.equal(await logEnd(path, line('last').length + 5), 'last\n');
  appendFileSync(path, 'cut o');
  assert.equal(await logEnd(path, 10_000), 'first\nhalf and half\nlast\n');
});

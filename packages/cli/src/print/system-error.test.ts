import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { test } from 'node:test';
import { toSlipwayError } from '@slipway/core';
import { explainSystemError } from './system-error.ts';

function systemError(code: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: said the system`), { code, syscall, path });
}

test('a file that may not be read is named, and it is no error of ours', () => {
  const { kind, message, hint } = explainSystemError(
    toSlipwayError(systemError('EACCES', 'open', '/x/secret')),
  );
  assert.deepEqual([kind, message, hint], ['denied', '/x/secret: permission denied (open)', undefined]);
});

test('TMPDIR that is not there', () => {
  let failure: unknown;
  try {
    mkdtempSync('/nowhere/at/all/x-');
  } catch (error) {
    failure = error;
  }
  const { kind, hint } = explainSystemError(toSlipwayError(failure));
  assert.deepEqual([kind, hint], ['not-found', 'name one that exists in TMPDIR']);
});

test('any other failure is as it was', () => {
  const error = toSlipwayError(systemError('ENOENT', 'open', '/x'));
  assert.equal(explainSystemError(error), error);
});

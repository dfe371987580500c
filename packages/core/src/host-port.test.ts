import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinHostPort } from './host-port.ts';

test('only IPv6 addresses get brackets', () => {
  assert.equal(joinHostPort('registry.local', 5000), 'registry.local:5000');
  assert.equal(joinHostPort('127.0.0.1', 80), '127.0.0.1:80');
  assert.equal(joinHostPort('::1', 6443), '[::1]:6443');
});

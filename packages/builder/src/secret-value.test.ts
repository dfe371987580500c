import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { secretBytes, secretText, secretValue } from './secret-value.ts';

test('a secret is the same bytes behind JSON, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (array) => {
      const bytes = Buffer.from(array);
      assert.ok(secretBytes(JSON.parse(JSON.stringify(secretValue(bytes)))).equals(bytes));
    }),
  );
});

test('a byte order mark and a lone surrogate survive, text stays text', () => {
  for (const bytes of [Buffer.from('\uFEFFx'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('grün\n')])
    assert.ok(secretBytes(secretValue(bytes)).equals(bytes));
  assert.equal(secretValue(Buffer.from('grün\n')), 'grün\n');
});

test('what a variable can hold', () => {
  assert.equal(secretText(secretValue(Buffer.from('token'))), 'token');
  assert.equal(secretText(secretValue(Buffer.from('a\0b'))), undefined);
  assert.equal(secretText(secretValue(Buffer.from([0xff]))), undefined);
});

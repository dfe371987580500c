import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { internalValue, parseTerminationMessage, visibleMessage } from './termination-message.ts';

const entry = { key: 'a', value: 'b', type: 1 };
const packed = (text: string): string => `tknz:${deflateRawSync(text).toString('base64')}`;

const cases: [title: string, message: string | undefined, want: unknown][] = [
  ['nothing', undefined, []],
  ['an entry', JSON.stringify([entry]), [entry]],
  ['a compressed entry', packed(JSON.stringify([entry])), [entry]],
  ['an entry of an older entrypoint', '[{"key":"a","value":"b","type":"TaskRunResult"}]', [entry]],
  ['an entry without type', '[{"key":"a","value":"b"}]', [entry]],
  ['an entry twice', JSON.stringify([{ ...entry, value: 'old' }, entry]), [entry]],
  ['the runtime’s own words', 'exec: "nope": not found', undefined],
  ['an object', '{"key":"a"}', undefined],
  ['entries that are none', '[1, null]', undefined],
  ['a bomb', packed('0'.repeat(1 << 22)), undefined],
  ['a compressed message cut off', packed(JSON.stringify([entry])).slice(0, 12), undefined],
];
for (const [title, message, want] of cases) {
  test(`a termination message with ${title}`, () => assert.deepEqual(parseTerminationMessage(message), want));
}

test('no message throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseTerminationMessage(text)));
});

test('the internal entries are read, and not shown', () => {
  const results = [entry, { key: 'ExitCode', value: '3', type: 3 }];
  assert.equal(internalValue(results, 'ExitCode'), '3');
  assert.equal(internalValue(results, 'a'), undefined);
  assert.equal(visibleMessage(results), JSON.stringify([entry]));
  assert.equal(visibleMessage([]), undefined);
});

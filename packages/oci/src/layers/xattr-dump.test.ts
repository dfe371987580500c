import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XattrDumpParser } from './xattr-dump.ts';

test("getfattr's dump in pieces: binary values, odd names, attributes that are not wanted", () => {
  const parser = new XattrDumpParser((name) => !name.startsWith('user.overlay.'));
  const dump = [
    '# file: /root/bin/ping',
    'security.capability=0sAQAAAgAgAAAAAAAAAAAAAAAAAAA=',
    '',
    '# file: /root/a\\040b\\134',
    'user.empty',
    'user.overlay.opaque=0seQ==',
    '',
    '# file: /root',
    'user.top=0s/w==',
    '',
  ].join('\n');
  for (let at = 0; at < dump.length; at += 7) parser.feed(dump.slice(at, at + 7));
  const found = parser.finish();
  assert.deepEqual([...found.keys()], ['/root/bin/ping', '/root/a b\\', '/root']);
  assert.equal(found.get('/root/bin/ping')?.get('security.capability')?.length, 20);
  assert.deepEqual([...(found.get('/root/a b\\') ?? [])], [['user.empty', Buffer.alloc(0)]]);
  assert.deepEqual(found.get('/root')?.get('user.top'), Buffer.from([0xff]));
});

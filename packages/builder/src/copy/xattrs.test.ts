import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseXattrDump } from './xattrs.ts';

test("getfattr's dump: binary values, odd names, the overlay's own attributes left out", () => {
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
  const found = parseXattrDump(dump, '/root');
  assert.deepEqual([...found.keys()], ['bin/ping', 'a b\\', '']);
  assert.equal([...found.values()][0]?.get('security.capability')?.length, 20);
  assert.deepEqual([...(found.get([...found.keys()][1]!) ?? [])], [['user.empty', Buffer.alloc(0)]]);
  assert.deepEqual([...found.values()][2]?.get('user.top'), Buffer.from([0xff]));
});

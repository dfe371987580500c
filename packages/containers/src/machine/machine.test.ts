import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityMap, parseSubordinateIds } from '../userns/id-map.ts';
import { capabilitiesOfMask, containerCapabilities, DEFAULT_CAPABILITIES } from './capabilities.ts';
import { parseMountInfo } from './mount-table.ts';
import { contiguousIds, parseIdMap } from './user-namespace.ts';

test('a capability mask is read bit by bit', () => {
  assert.deepEqual(capabilitiesOfMask('0000000000000021'), ['CAP_CHOWN', 'CAP_KILL']);
  assert.equal(capabilitiesOfMask('000001ffffffffff').length, 41);
});

test('capabilities of a container: add and drop', () => {
  assert.deepEqual(containerCapabilities({}), [...DEFAULT_CAPABILITIES]);
  assert.deepEqual(containerCapabilities({ drop: ['ALL'] }), []);
  assert.deepEqual(containerCapabilities({ drop: ['ALL'], add: ['NET_BIND_SERVICE'] }), [
    'CAP_NET_BIND_SERVICE',
  ]);
  assert.ok(!containerCapabilities({ drop: ['cap_chown'] }).includes('CAP_CHOWN'));
  assert.ok(containerCapabilities({ add: ['ALL'], drop: ['SYS_ADMIN'] }).includes('CAP_BPF'));
  assert.ok(!containerCapabilities({ add: ['ALL'], drop: ['SYS_ADMIN'] }).includes('CAP_SYS_ADMIN'));
});

test('id maps: how many ids from 0 upwards', () => {
  const rootless = parseIdMap('         0       1000          1\n         1     100000      65536\n');
  assert.equal(contiguousIds(rootless), 65_537);
  assert.equal(contiguousIds(parseIdMap('5 5 10\n')), 0);
  assert.equal(contiguousIds(parseIdMap('0 0 4294967295')), 4_294_967_295);
});

test('the map of a namespace within ours has a line for each line of our own', () => {
  assert.equal(identityMap(parseIdMap('0 0 4294967295')), '0 0 65536');
  assert.equal(identityMap(parseIdMap('0 1000 1\n1 100000 65536\n')), '0 0 1\n1 1 65535');
  assert.equal(identityMap(parseIdMap('0 1000 1\n')), '0 0 1');
  assert.equal(identityMap(parseIdMap('70000 5 10\n0 0 9\n')), '0 0 9');
});

test('subordinate ids are found by name or number', () => {
  const text = '# comment\nother:1:2\nalice:100000:65536\n1001:300000:10\n';
  assert.deepEqual(parseSubordinateIds(text, ['alice', '1000']), { start: 100_000, count: 65_536 });
  assert.deepEqual(parseSubordinateIds(text, [undefined, '1001']), { start: 300_000, count: 10 });
  assert.equal(parseSubordinateIds(text, ['bob', '1002']), undefined);
});

test('the mount table: escapes and optional fields', () => {
  const text =
    '36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw\n22 27 0:21 / /proc rw - proc proc rw\n';
  assert.deepEqual(parseMountInfo(text), [
    { target: '/mnt 2', filesystem: 'ext3', source: '/dev/root' },
    { target: '/proc', filesystem: 'proc', source: 'proc' },
  ]);
});

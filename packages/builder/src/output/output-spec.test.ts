import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOutput } from './output-spec.ts';

const good: [text: string, spec: object][] = [
  ['type=oci,dest=/a.tar', { type: 'oci', dest: '/a.tar' }],
  ['type=oci,dest=/a,tar=false', { type: 'oci-layout', dest: '/a' }],
  ['type=docker,dest=/a=b.tar,name=app:1', { type: 'docker', dest: '/a=b.tar', names: ['app:1'] }],
  ['type=docker', { type: 'docker', dest: '-' }],
  ['type=tar,dest=-', { type: 'tar', dest: '-' }],
  ['type=local,dest=/root', { type: 'local', dest: '/root' }],
  ['-', { type: 'tar', dest: '-' }],
  ['out/root', { type: 'local', dest: 'out/root' }],
];
for (const [text, spec] of good) test(text, () => assert.deepEqual(parseOutput(text), spec));

for (const text of [
  '',
  'type=registry',
  'dest=/a',
  'type=local',
  'type=local,dest=-',
  'type=oci,tar=false',
  'type=oci,x=y',
]) {
  test(`"${text}" is refused`, () => assert.throws(() => parseOutput(text), { code: 'OUTPUT_INVALID' }));
}

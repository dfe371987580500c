import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWorkspaceBinding } from './workspace-binding.ts';

const good: [text: string, binding: object][] = [
  ['name=a,emptyDir=', { name: 'a', emptyDir: {} }],
  ['name=a,emptyDir=Memory', { name: 'a', emptyDir: { medium: 'Memory' } }],
  [
    'name=a,claimName=c,subPath=x/y',
    { name: 'a', subPath: 'x/y', persistentVolumeClaim: { claimName: 'c' } },
  ],
  ['name=a,config=cm', { name: 'a', configMap: { name: 'cm' } }],
  ['name=a,secret=s', { name: 'a', secret: { secretName: 's' } }],
];
for (const [text, binding] of good) {
  test(`workspace ${text}`, () => assert.deepEqual(parseWorkspaceBinding(text), binding));
}

for (const text of ['a', 'name=a', 'emptyDir=', 'name=a,emptyDir=,secret=s', 'name=a,emptyDir=,color=red']) {
  test(`not a workspace: ${text}`, () => {
    assert.throws(() => parseWorkspaceBinding(text), { code: 'WORKSPACE_BINDING', kind: 'usage' });
  });
}

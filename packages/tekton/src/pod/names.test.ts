import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashedName, sidecarContainerName, stepContainerName } from './names.ts';

// The values are those of tektoncd/pipeline's pkg/names, which other programs compute as well.
const hashed: [prefix: string, name: string, length: number, want: string][] = [
  ['ws', 'workspace-name', 10, 'ws-d70baf7a00'],
  ['ws', 'workspace-name', 5, 'ws-d70ba'],
];
for (const [prefix, name, length, want] of hashed) {
  test(`the volume ${want}`, () => assert.equal(hashedName(prefix, name, length), want));
}

const containers: [name: string | undefined, index: number, want: string][] = [
  ['build', 0, 'step-build'],
  ['', 2, 'step-unnamed-2'],
  [undefined, 0, 'step-unnamed-0'],
  [`${'a'.repeat(57)}-${'b'.repeat(5)}`, 0, `step-${'a'.repeat(57)}`],
];
for (const [name, index, want] of containers) {
  test(`the container ${want}`, () => assert.equal(stepContainerName(name, index), want));
}

test('the container of a sidecar', () => assert.equal(sidecarContainerName('db'), 'sidecar-db'));

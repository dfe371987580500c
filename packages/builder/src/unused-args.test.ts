import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile } from '@slipway/dockerfile';
import { unusedBuildArgs } from './unused-args.ts';

test('only arguments that nothing declares are warned about', () => {
  const dockerfile = parseDockerfile('ARG BASE=x\nFROM $BASE\nARG VERSION\n');
  const given = { BASE: 'y', VERSION: '1', VERSON: '1', HTTP_PROXY: 'p', TARGETARCH: 'arm64' };
  const warnings = unusedBuildArgs(dockerfile, given).map((event) => ('text' in event ? event.text : ''));
  assert.deepEqual(warnings, ['the build argument "VERSON" is not used: no ARG declares it']);
});

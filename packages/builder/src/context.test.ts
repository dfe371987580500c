import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { contextFolder, readDockerfile } from './context.ts';

test('a Dockerfile may be written in lower case, and then has its own .dockerignore', async () => {
  using folder = temporaryFolder('slipway-context-');
  writeFileSync(folder.join('dockerfile'), 'FROM lower\n');
  writeFileSync(folder.join('dockerfile.dockerignore'), 'left-out\n');
  const file = await readDockerfile(folder.path, undefined);
  assert.deepEqual([file.name, file.text], ['dockerfile', 'FROM lower\n']);
  assert.equal((await contextFolder(folder.path, file)).ignore?.excludes('left-out'), true);
  writeFileSync(folder.join('Dockerfile'), 'FROM upper\n');
  assert.equal((await readDockerfile(folder.path, undefined)).text, 'FROM upper\n');
  await assert.rejects(readDockerfile(folder.path, { path: 'Other' }), { code: 'DOCKERFILE_NOT_FOUND' });
});

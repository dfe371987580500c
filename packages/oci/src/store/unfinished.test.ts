import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { thisProcess } from '@slipway/core';
import { temporaryFolder } from '@slipway/testkit';
import { findUnfinished, temporaryName, writeOnBehalfOf } from './unfinished.ts';

test('unfinished is what a process of this pid namespace left that ended, also where its pid was given again', async () => {
  using root = temporaryFolder();
  const self = thisProcess();
  const ended = spawn('true');
  await once(ended, 'exit');
  const name = (changes: Partial<typeof self>): string => {
    writeOnBehalfOf({ ...self, ...changes });
    const path = root.join(temporaryName());
    writeFileSync(path, '');
    return path;
  };
  const gone = name({ pid: ended.pid! });
  const reused = name({ started: '1' });
  name({ pidNamespace: 'pid:[1]', pid: ended.pid! });
  writeFileSync(root.join('up-00000000000000000000000000000000'), '');
  mkdirSync(root.join('other'));
  const own = name({});
  assert.deepEqual((await findUnfinished([root.path, root.join('missing')])).sort(), [gone, reused].sort());
  assert.ok(basename(own).includes(`-${self.pid}-${self.started}-`));
});

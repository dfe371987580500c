import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { thisProcess } from '@slipway/core';
import { temporaryFolder } from '@slipway/testkit';
import { findAbandoned, Scratch } from './scratch.ts';

test('a folder of its own, gone with all it holds', async () => {
  using root = temporaryFolder();
  const scratch = await Scratch.create(root.path, thisProcess());
  const inner = await scratch.subfolder('layer');
  writeFileSync(`${inner}/file`, '');
  assert.notEqual(await scratch.subfolder('layer'), inner);
  assert.deepEqual(await findAbandoned(root.path), []);
  await scratch[Symbol.asyncDispose]();
  assert.ok(!existsSync(scratch.folder));
});

test('abandoned is what belongs to a process that ended, to another boot, or to nobody for a minute', async () => {
  using root = temporaryFolder();
  const child = spawn('true');
  const pid = child.pid!;
  await once(child, 'exit');
  const self = thisProcess();
  await Scratch.create(root.path, self);
  const ended = await Scratch.create(root.path, { ...self, pid });
  const reused = await Scratch.create(root.path, { ...self, started: '1' });
  const rebooted = await Scratch.create(root.path, { ...self, boot: 'before' });
  await Scratch.create(root.path, { ...self, pidNamespace: 'pid:[1]', pid });
  mkdirSync(root.join('being-made'));
  mkdirSync(root.join('without-owner'));
  utimesSync(root.join('without-owner'), 1, 1);
  const abandoned = await findAbandoned(root.path);
  const want = [ended.folder, reused.folder, rebooted.folder, root.join('without-owner')];
  assert.deepEqual(abandoned.sort(), want.sort());
  assert.equal(readdirSync(root.path).length, 7);
});

test('no root folder, nothing abandoned', async () => {
  assert.deepEqual(await findAbandoned('/no/such/folder'), []);
});

import assert from 'node:assert/strict';
import { type BigIntStats, lstatSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { type FileIdentity, fileIdentity } from './file-identity.ts';
import { Settling } from './settled.ts';

const SECOND = 1_000_000_000n;

/** A file of this folder whose change time is `ctimeNs`. */
function identityAt(stat: BigIntStats, ctimeNs: bigint): FileIdentity {
  return fileIdentity(Object.assign(Object.create(stat), { ctimeNs }));
}

interface Case {
  readonly name: string;
  /** Of the change time, beyond a whole second. */
  readonly fraction: bigint;
  readonly ageMs: number;
  readonly local: boolean;
  readonly want: boolean;
}

const cases: readonly Case[] = [
  { name: 'one tick is not enough', fraction: 123_456_789n, ageMs: 10, local: true, want: false },
  { name: 'in the same moment', fraction: 123_456_789n, ageMs: 0, local: true, want: false },
  { name: 'ticks later', fraction: 123_456_789n, ageMs: 101, local: true, want: true },
  { name: 'a time in the future', fraction: 123_456_789n, ageMs: -5000, local: true, want: false },
  { name: 'a whole second, right after it', fraction: 0n, ageMs: 1500, local: true, want: false },
  { name: 'a whole second, long ago', fraction: 0n, ageMs: 2001, local: true, want: true },
  { name: 'another clock, ticks later', fraction: 123_456_789n, ageMs: 1500, local: false, want: false },
  { name: 'another clock, long ago', fraction: 123_456_789n, ageMs: 2001, local: false, want: true },
];

for (const { name, fraction, ageMs, local, want } of cases) {
  test(`remembered or not: ${name}`, () => {
    using folder = temporaryFolder();
    writeFileSync(folder.join('file'), 'content');
    const changed = 1_700_000_000n * SECOND + fraction;
    // procfs stands for all file systems whose clock is not known.
    const file = local ? folder.join('file') : '/proc/self/status';
    const identity = identityAt(lstatSync(file, { bigint: true }), changed);
    const opened = Number(changed / 1_000_000n) + ageMs;
    assert.equal(new Settling().isSettled(identity, opened, Buffer.from(file)), want);
  });
}

test('what is written once a file is settled has another change time', () => {
  using folder = temporaryFolder();
  const file = folder.join('file');
  const settling = new Settling();
  for (let round = 0; round < 20; round++) {
    writeFileSync(file, `content ${round % 10}`);
    const before = lstatSync(file, { bigint: true });
    while (!settling.isSettled(fileIdentity(before), Date.now(), Buffer.from(file))) {
      if (before.ctimeNs % SECOND === 0n) break; // A file system with whole seconds would take two of them.
    }
    if (!settling.isSettled(fileIdentity(before), Date.now(), Buffer.from(file))) continue;
    writeFileSync(file, `CONTENT ${round % 10}`);
    assert.notEqual(lstatSync(file, { bigint: true }).ctimeNs, before.ctimeNs);
  }
});

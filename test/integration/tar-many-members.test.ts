// Archives of a million members: what reads them stays within a heap that could not hold them.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { execute } from '../cli.ts';

const PROGRAM = join(import.meta.dirname, 'tar/read-many.ts');

interface Report {
  readonly seconds: number;
  readonly peakMiB: number;
}

/** Runs in a heap of 64 MiB: a process that keeps what it reads ends with an error. */
async function readMany(count: number, how: string): Promise<Report> {
  const flags = [
    '--disable-warning=ExperimentalWarning',
    '--max-old-space-size=64',
    '--max-semi-space-size=4',
  ];
  const { code, stdout, stderr } = await execute(process.execPath, [...flags, PROGRAM, String(count), how]);
  assert.equal(code, 0, stderr.slice(-2000));
  return JSON.parse(stdout) as Report;
}

test('a million headers are read in a heap of 64 MiB', async () => {
  const { peakMiB, seconds } = await readMany(1_000_000, 'read');
  assert.ok(peakMiB < 200, `${peakMiB} MiB`);
  assert.ok(seconds < 120, `${seconds} s`);
});

test('files that replace each other 30,000 times leave nothing in memory', async () => {
  const { peakMiB } = await readMany(30_000, 'same-files');
  assert.ok(peakMiB < 200, `${peakMiB} MiB`);
});

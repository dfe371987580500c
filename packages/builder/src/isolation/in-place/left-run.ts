import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessIdentity, processStart, thisProcess } from '@slipway/core';

const FILE = 'run.json';

/** The folder for what makes room for the mounts of a RUN. */
export const ASIDE = 'aside';

/** Notes the program of a RUN, which leads a session (setsid(2)) of its own, for a build that comes after a kill -9 of this one. */
export function noteRun(folder: string, pid: number): void {
  const identity: ProcessIdentity = { ...thisProcess(), pid, started: processStart(pid) ?? '' };
  writeFileSync(join(folder, FILE), JSON.stringify(identity));
}

export function forgetRun(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}

/** Ends what the RUN of a killed build has left running: it would write into the next build's root folder. What it was given goes, too. */
export function endLeftRun(folder: string): void {
  const run = readRun(join(folder, FILE));
  const self = thisProcess();
  if (run?.boot === self.boot && run.pidNamespace === self.pidNamespace) endSession(run);
  forgetRun(folder);
  rmSync(join(folder, ASIDE), { recursive: true, force: true });
}

function endSession({ pid, started }: ProcessIdentity): void {
  const leader = processStart(pid);
  // The number is another's by now; as long as the session had anybody, that could not be.
  if (leader !== undefined && leader !== started) return;
  for (const name of readdirSync('/proc'))
    if (/^\d+$/.test(name) && sessionOf(name) === pid) process.kill(Number(name), 'SIGKILL');
}

/** Field 6 of proc_pid_stat(5). */
function sessionOf(pid: string): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[3]);
  } catch {
    return undefined; // It has just ended.
  }
}

function readRun(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // There was none, or its build was killed while it wrote.
  }
}

// What a command leaves behind on this machine, for tests that end it halfway.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Processes and mounts that have to do with a folder, in words; needs root to see those of others. */
export function leftovers(folder: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  )) {
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
    // What runs in a container has no argument of ours, but a root filesystem.
    if (command.includes(folder) || isRootedIn(folder, pid)) found.push(`process ${pid}: ${command}`);
  }
  for (const line of read('/proc/self/mountinfo').split('\n')) {
    if (line.split(' ')[4]?.startsWith(`${folder}/`)) found.push(`mount ${line.split(' ')[4]}`);
  }
  return found;
}

/** Whether this process runs; one that waits to be reaped does not. */
export function isRunning(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** The names in a folder; none where it is not there. */
export function namesIn(...path: readonly string[]): string[] {
  try {
    return readdirSync(join(...path));
  } catch {
    return [];
  }
}

function isRootedIn(folder: string, pid: string): boolean {
  const root = read(`/proc/${pid}/mountinfo`)
    .split('\n')
    .find((line) => line.split(' ')[4] === '/');
  return root?.includes(`${folder}/`) ?? false;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // ended meanwhile
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import type { ResolvedUser } from '@slipway/containers';
import type { RunCommand } from '../rung.ts';
import type { Confinement } from './confinement.ts';

/** Runs the command with `root` as its root folder; an empty one stays what it is. When the signal aborts, its whole process group is killed. */
export async function runInChroot(
  root: string,
  user: ResolvedUser,
  command: RunCommand,
  confinement: Confinement | undefined,
  onStart: (pid: number) => void = () => {},
): Promise<{ exitCode: number }> {
  command.signal.throwIfAborted();
  const own = command.env.some((entry) => entry.startsWith('HOME=')) ? [] : [`HOME=${user.home}`];
  const env = [...own, ...command.env];
  const child =
    confinement === undefined
      ? startFree(root, user, command, env)
      : startConfined(confinement.start(root, command.cwd, idsOf(user)), command, env);
  const kill = (): void => killGroup(child.pid);
  if (child.pid !== undefined) onStart(child.pid);
  // What it left in the background ends with it, as in a container.
  child.once('exit', kill);
  command.signal.addEventListener('abort', kill, { once: true });
  child.stdout!.on('data', command.onOutput);
  child.stderr!.on('data', command.onOutput);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) });
      });
    });
  } finally {
    command.signal.removeEventListener('abort', kill);
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error; // It is empty: good.
  }
}

function idsOf({ uid, gid, additionalGids }: ResolvedUser): { uid: number; gid: number; groups: number[] } {
  return { uid, gid, groups: [...additionalGids] };
}

function startConfined(start: readonly string[], { args }: RunCommand, env: readonly string[]): ChildProcess {
  const [file, ...first] = start as [string, ...string[]];
  const child = spawn(file, [...first, ...args], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const variables = child.stdio[3] as Writable;
  variables.on('error', () => {}); // It ended before it read them: its exit code tells.
  variables.end(env.join('\0'));
  return child;
}

/** util-linux' unshare without a namespace: unlike chroot(1) it takes a working folder. */
function startFree(
  root: string,
  { uid, gid }: ResolvedUser,
  { args, cwd }: RunCommand,
  env: readonly string[],
): ChildProcess {
  const change = ['--root', root, '--wd', cwd, '--setgid', `${gid}`, '--setuid', `${uid}`];
  return spawn('/usr/bin/unshare', [...change, '--', ...args], {
    env: Object.fromEntries(
      env.map((entry): [string, string] => {
        const equals = entry.indexOf('=');
        return [entry.slice(0, equals), entry.slice(equals + 1)];
      }),
    ),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { ResolvedUser } from '@slipway/containers';
import type { RunCommand } from '../rung.ts';

/** Runs the command with `root` as its root folder. When the signal aborts, its whole process group is killed. */
export async function runInChroot(
  root: string,
  user: ResolvedUser,
  command: RunCommand,
): Promise<{ exitCode: number }> {
  command.signal.throwIfAborted();
  // util-linux' unshare without a namespace: unlike chroot(1) it takes a working folder.
  const change = ['--root', root, '--wd', command.cwd, '--setgid', `${user.gid}`, '--setuid', `${user.uid}`];
  const env = Object.fromEntries(
    [`HOME=${user.home}`, ...command.env].map((entry): [string, string] => {
      const equals = entry.indexOf('=');
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
  const options = { env, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'], detached: true };
  const child = spawn('/usr/bin/unshare', [...change, '--', ...command.args], options);
  const kill = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  command.signal.addEventListener('abort', kill, { once: true });
  child.stdout.on('data', command.onOutput);
  child.stderr.on('data', command.onOutput);
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

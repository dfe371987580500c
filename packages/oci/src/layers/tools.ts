import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { SlipwayError } from '@slipway/core';

const PACKAGES: Readonly<Record<string, string>> = {
  setfattr: 'attr',
  getfattr: 'attr',
  mknod: 'coreutils',
  xargs: 'findutils',
  sync: 'coreutils',
};

/** A running program of the system: what Node has no call for. */
export interface Tool {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Resolves when it ended well. Throws TOOL_MISSING, naming the Debian package, or TOOL_FAILED. */
  readonly done: Promise<void>;
}

/** Starts a program with pipes, in the C locale. */
export function startTool(command: string, args: readonly string[], signal?: AbortSignal): Tool {
  const env = { ...process.env, LC_ALL: 'C' };
  const child = spawn(command, args, { stdio: 'pipe', env, signal });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < 2000) complaint += text;
  });
  child.stdin.on('error', () => {}); // the exit code tells why it stopped reading
  const done = new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(explainStart(command, error)));
    child.on('close', (code, killed) => {
      if (code === 0) return resolve();
      const reason = complaint.trim() || (killed ? `killed by ${killed}` : `exit ${code}`);
      reject(new SlipwayError('internal', 'TOOL_FAILED', `${command} failed: ${reason}`));
    });
  });
  done.catch(() => {}); // a caller that reads the output first awaits it later
  return { child, done };
}

/** Runs a program with this input to its end; its output is dropped. */
export async function runTool(
  command: string,
  args: readonly string[],
  input: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  const { child, done } = startTool(command, args, signal);
  child.stdout.resume();
  child.stdin.end(input);
  await done;
}

function explainStart(command: string, error: Error): unknown {
  if (!('code' in error) || error.code !== 'ENOENT') return error;
  const name = PACKAGES[command] ?? command;
  return new SlipwayError(
    'unsupported',
    'TOOL_MISSING',
    `the program ${command} is missing (Debian package ${name})`,
    {
      hint: `apt-get install --no-install-recommends ${name}`,
      cause: error,
    },
  );
}

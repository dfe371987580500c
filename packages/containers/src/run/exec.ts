import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitStatus } from '../process/execute.ts';
import type { Runtime } from './runtime.ts';

export interface ExecOptions {
  readonly args: readonly string[];
  /** Kills the program. */
  readonly signal: AbortSignal;
}

export interface ExecResult {
  /** Of the program; the runtime's own when it could not start it. */
  readonly exitCode: number;
  /** What was written to either stream, up to 10 KiB; of the runtime, when it could not start the program. */
  readonly output: string;
}

/** As the kubelet keeps of a probe. */
const MAX_OUTPUT = 10 * 1024;

/** Runs a short program beside the first process of a running container: as its user, in its folder, with its environment. */
export async function execInContainer(
  runtime: Runtime,
  root: string,
  id: string,
  options: ExecOptions,
): Promise<ExecResult> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-exec-'));
  try {
    return await runExec(runtime, root, id, join(folder, 'pid'), options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runExec(
  runtime: Runtime,
  root: string,
  id: string,
  pidFile: string,
  { args, signal }: ExecOptions,
): Promise<ExecResult> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(runtime.path, ['--root', root, 'exec', '--pid-file', pidFile, id, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < MAX_OUTPUT) output = (output + text).slice(0, MAX_OUTPUT);
    });
  }
  child.once('error', reject);
  // Not `close`: what the program left running may hold the streams.
  child.once('exit', (code, name) => resolve(exitStatus(code, name)));
  const kill = (): void => {
    // The runtime waits for the streams, which what the program started may hold.
    void killProgram(pidFile).finally(() => child.kill('SIGKILL'));
  };
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  try {
    return { exitCode: await promise, output: output.trim() };
  } finally {
    signal.removeEventListener('abort', kill);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** The runtime writes the pid when the program is started; without one there is nothing to kill. */
async function killProgram(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => '0'));
  if (pid <= 0) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has just ended
  }
}

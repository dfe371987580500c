// The command line as the end-to-end tests use it: a process of its own, as a user starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

export const root: string = dirname(import.meta.dirname);
export const program: string = join(root, 'bin/slipway.js');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Called with the process once it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs `slipway <args>` to its end. */
export async function slipway(args: readonly string[], options: CliOptions = {}): Promise<Outcome> {
  return execute(process.execPath, [program, ...args], options);
}

/** Runs any program to its end, whatever its exit code. */
export async function execute(
  command: string,
  args: readonly string[],
  options: CliOptions = {},
): Promise<Outcome> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  options.onStart?.(child);
  child.stdin.on('error', () => {}); // a program may end without reading its input
  child.stdin.end(options.input ?? '');
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

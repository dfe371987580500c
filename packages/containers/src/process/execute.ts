import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { SlipwayError } from '@slipway/core';

export interface ExecuteOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

export interface ExecuteResult {
  /** Exit status; 128 + n when signal n ended the program. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a short program to its end and collects what it printed. Throws PROGRAM_MISSING when there is none of that name. */
export async function execute(
  file: string,
  args: readonly string[],
  options: ExecuteOptions = {},
): Promise<ExecuteResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ExecuteResult>();
  const { signal, ...rest } = options;
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...rest,
    ...(signal ? { signal } : {}),
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  child.once('error', (error) => reject(spawnError(file, error)));
  child.once('close', (code, name) => resolve({ exitCode: exitStatus(code, name), ...output }));
  return await promise;
}

/** As `execute`, but a non-zero exit throws SlipwayError `code` with the last line the program wrote to stderr. */
export async function executeOrThrow(
  file: string,
  args: readonly string[],
  options: ExecuteOptions & { readonly code: string; readonly what: string },
): Promise<string> {
  const { code, what, ...rest } = options;
  const result = await execute(file, args, rest);
  if (result.exitCode === 0) return result.stdout;
  const reason = result.stderr.trim().split('\n').at(-1) || `exit status ${result.exitCode}`;
  const full = /no space left on device/i.test(reason);
  throw new SlipwayError(full ? 'exhausted' : 'failed', full ? 'ENOSPC' : code, `${what}: ${reason}`);
}

/** One number for both ways a process ends, as shells count it. */
export function exitStatus(code: number | null, signal: NodeJS.Signals | null): number {
  if (code !== null) return code;
  return 128 + (signal === null ? 0 : signalNumber(signal));
}

/** The number of a signal's name (`SIGTERM`, `TERM`) or the number itself; 15 where the name is unknown. */
export function signalNumber(signal: string | number): number {
  if (typeof signal === 'number') return signal;
  const name = signal.startsWith('SIG') ? signal : `SIG${signal}`;
  return (constants.signals as Readonly<Record<string, number>>)[name] ?? (Number(signal) || 15);
}

function spawnError(file: string, error: Error): Error {
  if (!('code' in error) || error.code !== 'ENOENT') return error;
  return missingProgram(file, error);
}

/** What to say of a program that is not on the PATH. */
export function missingProgram(file: string, cause?: Error): SlipwayError {
  const message = `the program "${file}" is not on this machine`;
  return new SlipwayError('unsupported', 'PROGRAM_MISSING', message, { cause });
}

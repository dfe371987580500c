import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { execute, exitStatus } from '../process/execute.ts';
import type { RuntimeProgram } from './runtime.ts';
import { lastRuntimeError, runtimeError } from './runtime-log.ts';

export interface ForegroundOptions {
  readonly runtime: RuntimeProgram;
  /** Unique under `stateRoot`. */
  readonly id: string;
  /** Folder with config.json. */
  readonly bundle: string;
  /** Where the runtime keeps its state; made where it is missing. */
  readonly stateRoot: string;
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** Ends the container at once. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs one container to its end with its output handed to us; it has no input. Throws CONTAINER_CANNOT_RUN when its
 * program cannot be started, RUNTIME_FAILED when the runtime fails, and the signal's reason when that aborts.
 */
export async function runForeground(options: ForegroundOptions): Promise<{ exitCode: number }> {
  const { runtime, id, bundle, stateRoot, signal } = options;
  signal?.throwIfAborted();
  await mkdir(stateRoot, { recursive: true });
  const log = join(stateRoot, `${id}.log`);
  const stop = (): void => void removeContainer(runtime, stateRoot, id);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const args = ['--root', stateRoot, '--log', log, '--log-format', 'json', 'run', '--bundle', bundle, id];
    const exitCode = await outputOf(runtime.path, args, options);
    if (signal?.aborted) {
      await removeContainer(runtime, stateRoot, id);
      throw signal.reason;
    }
    const problem = exitCode === 0 ? undefined : await lastRuntimeError(log);
    if (problem !== undefined) throw runtimeError(problem);
    return { exitCode };
  } finally {
    signal?.removeEventListener('abort', stop);
    await rm(log, { force: true });
  }
}

/** Kills and forgets a container of this state root; one that is gone is fine. */
export async function removeContainer(runtime: RuntimeProgram, stateRoot: string, id: string): Promise<void> {
  await execute(runtime.path, ['--root', stateRoot, 'delete', '--force', id]);
}

async function outputOf(file: string, args: readonly string[], options: ForegroundOptions): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', options.onStdout);
  child.stderr.on('data', options.onStderr);
  child.once('error', (cause) =>
    reject(
      new SlipwayError('unsupported', 'RUNTIME_MISSING', `cannot start ${file}: ${cause.message}`, { cause }),
    ),
  );
  child.once('exit', (code, signal) => {
    // A process left behind by the container may keep the pipes open for ever: what it wrote by now is enough.
    const grace = setTimeout(() => resolve(exitStatus(code, signal)), 500);
    child.once('close', () => {
      clearTimeout(grace);
      resolve(exitStatus(code, signal));
    });
  });
  return await promise;
}

import { existsSync } from 'node:fs';
import { SlipwayError } from '@slipway/core';
import { execute } from '../process/execute.ts';
import { findProgram } from '../process/find-program.ts';

/** The program that makes containers, and why it was chosen. */
export interface RuntimeProgram {
  readonly name: 'runc' | 'crun';
  /** Absolute path. */
  readonly path: string;
  readonly reason: string;
}

/** With what it says of itself. */
export interface Runtime extends RuntimeProgram {
  readonly version: string;
}

interface RuntimeOptions {
  readonly prefer?: 'runc' | 'crun';
}

const INSTALL = 'install it: sudo apt-get install --no-install-recommends runc';

/** The container runtime to use, and its version. Throws RUNTIME_MISSING. */
export async function detectRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const program = await findRuntime(options);
  const { stdout } = await execute(program.path, ['--version']);
  return { ...program, version: /version\s+(\S+)/.exec(stdout)?.[1] ?? 'unknown' };
}

/**
 * The container runtime to use: runc where there is one, else crun where it works; it is not started. Throws
 * RUNTIME_MISSING with the command that installs one.
 */
export async function findRuntime(options: RuntimeOptions = {}): Promise<RuntimeProgram> {
  const order = options.prefer === 'crun' ? (['crun', 'runc'] as const) : (['runc', 'crun'] as const);
  const refused: string[] = [];
  for (const name of order) {
    const path = await findProgram(name);
    if (path === undefined) {
      refused.push(`${name} is not installed`);
      continue;
    }
    const problem = name === 'crun' ? crunProblem() : undefined;
    if (problem === undefined)
      return { name, path, reason: refused.length === 0 ? `${name} is installed` : refused.join('; ') };
    refused.push(problem);
  }
  throw new SlipwayError('unsupported', 'RUNTIME_MISSING', `no container runtime: ${refused.join('; ')}`, {
    hint: INSTALL,
  });
}

/** The absolute path of conmon, which holds containers while nobody of ours runs. Throws MONITOR_MISSING. */
export async function detectMonitor(): Promise<string> {
  const path = await findProgram('conmon');
  if (path !== undefined) return path;
  throw new SlipwayError(
    'unsupported',
    'MONITOR_MISSING',
    'conmon, which holds running containers, is not installed',
    {
      hint: 'install it: sudo apt-get install --no-install-recommends conmon',
    },
  );
}

/** crun up to at least 1.8 stops with "cgroups in hybrid mode not supported", also in a user namespace, and where it is to make none. */
function crunProblem(): string | undefined {
  const hybrid = existsSync('/sys/fs/cgroup/unified') && existsSync('/sys/fs/cgroup/memory');
  return hybrid ? 'crun does not run where cgroups v1 and v2 are mixed (hybrid mode)' : undefined;
}

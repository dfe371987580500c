import { existsSync } from 'node:fs';
import { SlipwayError } from '@slipway/core';
import { execute } from '../process/execute.ts';
import { findProgram } from '../process/find-program.ts';
import { runtimePlace } from '../spec/runtime-place.ts';

/** The program that makes containers, and why it was chosen. */
export interface Runtime {
  readonly name: 'runc' | 'crun';
  /** Absolute path. */
  readonly path: string;
  readonly version: string;
  readonly reason: string;
}

const INSTALL = 'install it: sudo apt-get install --no-install-recommends runc';

/**
 * The container runtime to use: runc where there is one, else crun where it works. Throws RUNTIME_MISSING with the
 * command that installs one.
 */
export async function detectRuntime(options: { readonly prefer?: 'runc' | 'crun' } = {}): Promise<Runtime> {
  const order = options.prefer === 'crun' ? (['crun', 'runc'] as const) : (['runc', 'crun'] as const);
  const refused: string[] = [];
  for (const name of order) {
    const path = await findProgram(name);
    if (path === undefined) {
      refused.push(`${name} is not installed`);
      continue;
    }
    const problem = name === 'crun' ? crunProblem() : undefined;
    if (problem === undefined) return await describe(name, path, refused);
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

async function describe(name: Runtime['name'], path: string, refused: readonly string[]): Promise<Runtime> {
  const { stdout } = await execute(path, ['--version']);
  const version = /version\s+(\S+)/.exec(stdout)?.[1] ?? 'unknown';
  const reason = refused.length === 0 ? `${name} is installed` : refused.join('; ');
  return { name, path, version, reason };
}

/** crun up to at least 1.8 stops with "cgroups in hybrid mode not supported" where it would make cgroups. */
function crunProblem(): string | undefined {
  const hybrid = existsSync('/sys/fs/cgroup/unified') && existsSync('/sys/fs/cgroup/memory');
  if (!hybrid || !runtimePlace().cgroups) return undefined;
  return 'crun does not run as root where cgroups v1 and v2 are mixed (hybrid mode)';
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { SlipwayError } from '@slipway/core';
import type { Runtime } from './runtime.ts';
import { runtimeError } from './runtime-log.ts';

export interface ConmonOptions {
  /** Absolute path of conmon. */
  readonly conmon: string;
  readonly runtime: Runtime;
  readonly id: string;
  readonly bundle: string;
  /** File for the output, in the Kubernetes log format. */
  readonly logPath: string;
  /** The runtime's own state. */
  readonly runtimeRoot: string;
  /** Where the exit is written, in a file named `id`. */
  readonly exitDir: string;
  /** Folder of this container: pid files, and `oom` when the kernel killed it. */
  readonly folder: string;
}

/**
 * Creates a container, not started yet, under a conmon of its own that outlives us; gives the pid of its first process.
 * Throws CONTAINER_CANNOT_RUN or RUNTIME_FAILED.
 */
export async function createUnderConmon(options: ConmonOptions): Promise<number> {
  // Its own session: a Ctrl-C in our terminal is not for the container.
  const child = spawn(options.conmon, conmonArgs(options), {
    detached: true,
    // It writes a file `oom` into its working folder, too, whatever --persist-dir says.
    cwd: options.folder,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...process.env, _OCI_SYNCPIPE: '3' },
  });
  const sync = child.stdio[3] as Readable;
  try {
    const reply = await Promise.race([firstLine(sync), failure(child)]);
    const { data, message } = JSON.parse(reply) as { data: number; message?: string };
    if (data > 0) return data;
    throw runtimeError(message ?? 'conmon gave no reason');
  } finally {
    sync.destroy();
  }
}

function conmonArgs(options: ConmonOptions): string[] {
  const { id, folder } = options;
  const runtimeArgs = ['--root', options.runtimeRoot].flatMap((arg) => ['--runtime-arg', arg]);
  return [
    ...['--api-version', '1', '--cid', id, '--cuuid', id, '--name', id],
    ...['--runtime', options.runtime.path, ...runtimeArgs, '--bundle', options.bundle],
    ...['--container-pidfile', `${folder}/container.pid`, '--conmon-pidfile', `${folder}/conmon.pid`],
    ...['--exit-dir', options.exitDir, '--persist-dir', folder],
    ...['--log-path', `k8s-file:${options.logPath}`, '--log-level', 'error'],
    // The log outlives our processes without it, and a sync of the disk is slow; only a machine crash could lose lines.
    '--no-sync-log',
    '--full-attach',
  ];
}

async function firstLine(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.includes('\n')) return text;
  }
  throw new SlipwayError(
    'failed',
    'RUNTIME_FAILED',
    'conmon ended without saying whether the container was made',
  );
}

async function failure(child: ReturnType<typeof spawn>): Promise<never> {
  const [cause] = (await once(child, 'error')) as [Error];
  throw new SlipwayError('unsupported', 'MONITOR_MISSING', `cannot start conmon: ${cause.message}`, {
    cause,
  });
}

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/core';

const START_MS = 30_000;

export interface PrivateDockerd extends AsyncDisposable {
  /** Path of its socket. */
  readonly socket: string;
}

export interface PrivateDockerdOptions {
  /** Where it listens. Default: in the folder that it has for itself. */
  readonly socket?: string;
  readonly signal?: AbortSignal;
}

/**
 * Debian's dockerd with a data root, a runtime folder and a configuration of its own, which is gone afterwards with all that it
 * had; a docker that runs here is not touched. Needs root. Throws DOCKER_UNAVAILABLE.
 */
export async function startPrivateDockerd(options: PrivateDockerdOptions = {}): Promise<PrivateDockerd> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-dockerd-'));
  const socket = options.socket ?? join(folder, 'docker.sock');
  await using started = new AsyncDisposableStack();
  started.defer(() => removeFolder(folder));
  await writeFile(join(folder, 'daemon.json'), '{}');
  const log = openSync(join(folder, 'log'), 'w');
  const child = spawn('dockerd', daemonArgs(folder, socket), { stdio: ['ignore', log, log] });
  const failed = new Promise<Error>((resolve) => child.once('error', resolve));
  const ended = once(child, 'exit').catch(() => {}); // the error is looked at below
  started.defer(async () => {
    child.kill('SIGTERM');
    await Promise.race([ended, failed]);
  });
  const isOver = (): boolean => child.exitCode !== null || child.pid === undefined;
  await untilItAnswers(socket, join(folder, 'log'), isOver, options.signal);
  const running = started.move();
  return { socket, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Whether a daemon listens on this socket, and is one of docker's. */
export function dockerAnswers(socket: string): boolean {
  return spawnSync('docker', ['--host', `unix://${socket}`, 'version'], { stdio: 'ignore' }).status === 0;
}

export function dockerUnavailable(why: string): SlipwayError {
  return new SlipwayError('unavailable', 'DOCKER_UNAVAILABLE', `no docker daemon: ${why}`, {
    hint: 'install docker.io, and run this as root or where a daemon listens',
  });
}

/** Containers share the host's network or have none: nothing of the host's is changed for a bridge. */
function daemonArgs(folder: string, socket: string): string[] {
  const own = { 'data-root': 'data', 'exec-root': 'exec', pidfile: 'pid', 'config-file': 'daemon.json' };
  const paths = Object.entries(own).map(([flag, name]) => `--${flag}=${join(folder, name)}`);
  return [`--host=unix://${socket}`, ...paths, '--iptables=false', '--bridge=none'];
}

async function untilItAnswers(
  socket: string,
  logFile: string,
  isOver: () => boolean,
  signal?: AbortSignal,
): Promise<void> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(200)) {
    signal?.throwIfAborted();
    if (isOver()) break;
    if (dockerAnswers(socket)) return;
  }
  const log = await readFile(logFile, 'utf8');
  throw dockerUnavailable(`dockerd did not start: ${log.trim().split('\n').at(-1) ?? ''}`);
}

/** A daemon that was killed may leave mounts. */
async function removeFolder(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  const own = mounts.filter((path) => path.startsWith(`${folder}/`));
  for (const mount of own.sort().reverse()) spawnSync('umount', ['-l', mount]);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/core';

/** Where the Task of the story finds the daemon. */
const DOCKER_SOCKET = '/var/run/docker.sock';
const START_MS = 30_000;

export interface DockerDaemon extends AsyncDisposable {
  /** Whether it was started for the story. */
  readonly own: boolean;
}

/**
 * The docker daemon of this machine where one listens; else one with folders of its own, which is gone afterwards with all
 * that it had. Throws DOCKER_UNAVAILABLE.
 */
export async function dockerDaemon(signal: AbortSignal): Promise<DockerDaemon> {
  if (answers()) return { own: false, [Symbol.asyncDispose]: async () => {} };
  if (await stat(DOCKER_SOCKET).catch(() => undefined)) {
    throw unavailable(`${DOCKER_SOCKET} is there, and no daemon answers`);
  }
  if (process.getuid?.() !== 0) throw unavailable('only root can start one');
  const folder = await mkdtemp(join(tmpdir(), 'slipway-story-docker-'));
  await using started = new AsyncDisposableStack();
  started.defer(() => removeFolder(folder));
  await writeFile(join(folder, 'daemon.json'), '{}');
  const log = openSync(join(folder, 'log'), 'w');
  const child = spawn('dockerd', daemonArgs(folder), { stdio: ['ignore', log, log] });
  const failed = new Promise<Error>((resolve) => child.once('error', resolve));
  const ended = once(child, 'exit').catch(() => {}); // the error is looked at below
  started.defer(async () => {
    child.kill('SIGTERM');
    await Promise.race([ended, failed]);
  });
  await untilItAnswers(folder, signal, () => child.exitCode !== null || child.pid === undefined);
  const running = started.move();
  return { own: true, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Containers share the host's network or have none: nothing of the host's is changed for a bridge. */
function daemonArgs(folder: string): string[] {
  const own = { 'data-root': 'data', 'exec-root': 'exec', pidfile: 'pid', 'config-file': 'daemon.json' };
  const paths = Object.entries(own).map(([flag, name]) => `--${flag}=${join(folder, name)}`);
  return [`--host=unix://${DOCKER_SOCKET}`, ...paths, '--iptables=false', '--bridge=none'];
}

const answers = (): boolean =>
  spawnSync('docker', ['--host', `unix://${DOCKER_SOCKET}`, 'version'], { stdio: 'ignore' }).status === 0;

async function untilItAnswers(folder: string, signal: AbortSignal, over: () => boolean): Promise<void> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(200)) {
    signal.throwIfAborted();
    if (over()) break;
    if (answers()) return;
  }
  const log = await readFile(join(folder, 'log'), 'utf8');
  throw unavailable(`dockerd did not start: ${log.trim().split('\n').at(-1) ?? ''}`);
}

/** A daemon that was killed may leave mounts. */
async function removeFolder(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts
    .filter((path) => path.startsWith(`${folder}/`))
    .sort()
    .reverse()) {
    spawnSync('umount', ['-l', mount]);
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

function unavailable(why: string): SlipwayError {
  return new SlipwayError('unavailable', 'DOCKER_UNAVAILABLE', `no docker daemon: ${why}`, {
    hint: 'install docker.io, and run this as root or where a daemon listens',
  });
}

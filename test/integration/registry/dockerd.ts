// Debian's dockerd with a data root, runtime folder and socket of its own; it touches nothing of a docker that runs here.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { eventually, temporaryFolder } from '@slipway/testkit';
import { execute, type Outcome } from '../../cli.ts';

export interface Dockerd extends AsyncDisposable {
  /** Runs the docker command against it, with a configuration folder of its own. */
  docker(args: readonly string[], input?: string): Promise<Outcome>;
}

/** Why dockerd cannot be had here, after an attempt to install it; undefined when it can. */
export function missingDockerd(): string | undefined {
  if (hasPrograms()) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]): boolean =>
    spawnSync('apt-get', args, { stdio: 'ignore', env }).status === 0;
  const install = (): boolean => apt('install', '-y', '-qq', '--no-install-recommends', 'docker.io');
  const installed = install() || (apt('update', '-qq') && install());
  return installed && hasPrograms() ? undefined : 'Debian’s docker.io is not here and apt cannot install it';
}

function hasPrograms(): boolean {
  return ['dockerd', 'docker'].every((program) => spawnSync(program, ['--version']).status === 0);
}

export async function startDockerd(): Promise<Dockerd> {
  const folder = temporaryFolder('slipway-dockerd-');
  const config = folder.join('config');
  await mkdir(config);
  const socket = `unix://${folder.join('docker.sock')}`;
  const logFile = folder.join('log');
  const log = openSync(logFile, 'w');
  const args = [
    ...['--host', socket, '--data-root', folder.join('data'), '--exec-root', folder.join('exec')],
    ...['--pidfile', folder.join('pid'), '--config-file', folder.join('daemon.json')],
    ...['--iptables=false', '--bridge=none'],
  ];
  await writeFile(folder.join('daemon.json'), '{}');
  const daemon = spawn('dockerd', args, { stdio: ['ignore', log, log] });
  const ended = once(daemon, 'exit');
  const env = { DOCKER_HOST: socket, DOCKER_CONFIG: config };
  const docker = (command: readonly string[], input = ''): Promise<Outcome> =>
    execute('docker', command, { env, input });
  const stop = async (): Promise<void> => {
    daemon.kill('SIGTERM');
    await ended;
    // What a killed dockerd may leave mounted.
    spawnSync('sh', ['-c', `grep -o '${folder.path}[^ ]*' /proc/mounts | sort -r | xargs -r -n1 umount`]);
    await rm(folder.path, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const isUp = async (): Promise<boolean> => {
      if (daemon.exitCode !== null) throw new Error(await readFile(logFile, 'utf8'));
      return (await docker(['version'])).code === 0;
    };
    await eventually(isUp, { what: 'dockerd to answer', deadlineMs: 30_000, everyMs: 200 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { docker, [Symbol.asyncDispose]: stop };
}

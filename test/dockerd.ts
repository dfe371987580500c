// Debian's dockerd with a data root, runtime folder and socket of its own; it touches nothing of a docker that runs here.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { eventually, temporaryFolder } from '@slipway/testkit';
import { execute, type Outcome } from './cli.ts';

export interface Dockerd extends AsyncDisposable {
  /** Path of its socket. */
  readonly socket: string;
  /** Runs the docker command against it, with a configuration folder of its own. */
  docker(args: readonly string[], input?: string): Promise<Outcome>;
  /** Builds with the BuildKit inside dockerd. */
  build(args: readonly string[]): Promise<Outcome>;
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

/** A docker command that can talk to BuildKit: Debian's has it built in, newer ones need the buildx component. */
function buildCommand(): string {
  const found = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'docker'));
  const canBuild = (docker: string): boolean =>
    /version (19|20)\./.test(spawnSync(docker, ['--version']).stdout?.toString() ?? '') ||
    spawnSync(docker, ['buildx', 'version']).status === 0;
  const command = found.find(canBuild);
  if (command === undefined) throw new Error('no docker command here can build with BuildKit');
  return command;
}

function hasPrograms(): boolean {
  return ['dockerd', 'docker'].every((program) => spawnSync(program, ['--version']).status === 0);
}

export async function startDockerd(): Promise<Dockerd> {
  const folder = temporaryFolder('slipway-dockerd-');
  const config = folder.join('config');
  await mkdir(config);
  const socket = folder.join('docker.sock');
  const host = `unix://${socket}`;
  const logFile = folder.join('log');
  const log = openSync(logFile, 'w');
  const args = [
    ...['--host', host, '--data-root', folder.join('data'), '--exec-root', folder.join('exec')],
    ...['--pidfile', folder.join('pid'), '--config-file', folder.join('daemon.json')],
    ...['--iptables=false', '--bridge=none'],
  ];
  await writeFile(folder.join('daemon.json'), '{}');
  const daemon = spawn('dockerd', args, { stdio: ['ignore', log, log] });
  const ended = once(daemon, 'exit');
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: config };
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
  const build = (args: readonly string[]): Promise<Outcome> =>
    // There is no bridge: RUN shares the host's network.
    execute(buildCommand(), ['build', '--network=host', '--progress=plain', ...args], {
      env: { ...env, DOCKER_BUILDKIT: '1' },
    });
  return { socket, docker, build, [Symbol.asyncDispose]: stop };
}

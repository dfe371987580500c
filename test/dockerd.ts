// Debian's dockerd with a data root, runtime folder and socket of its own; it touches nothing of a docker that runs here.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { temporaryFolder } from '@slipway/testkit';
import { startPrivateDockerd } from '../packages/cli/src/story/private-dockerd.ts';
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
  await using stack = new AsyncDisposableStack();
  const { socket } = stack.use(await startPrivateDockerd());
  const config = stack.use(temporaryFolder('slipway-docker-config-'));
  const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: config.path };
  const docker = (command: readonly string[], input = ''): Promise<Outcome> =>
    execute('docker', command, { env, input });
  const build = (args: readonly string[]): Promise<Outcome> =>
    // There is no bridge: RUN shares the host's network.
    execute(buildCommand(), ['build', '--network=host', '--progress=plain', ...args], {
      env: { ...env, DOCKER_BUILDKIT: '1' },
    });
  const running = stack.move();
  return { socket, docker, build, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

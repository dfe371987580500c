// BuildKit by itself, where BUILDKITD and BUILDCTL name its programs: with a root, a socket and a registry table of its own.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { eventually, temporaryFolder } from '@slipway/testkit';
import { execute, type Outcome } from './cli.ts';

export interface Buildkitd extends AsyncDisposable {
  /** `buildctl build` with the Dockerfile frontend that is part of it. */
  build(args: readonly string[]): Promise<Outcome>;
}

/** Whether BuildKit's programs are named. */
export function hasBuildkitd(): boolean {
  return [process.env.BUILDKITD, process.env.BUILDCTL].every(
    (program) => program !== undefined && spawnSync(program, ['--version']).status === 0,
  );
}

/** `registry` stands for docker.io, over plain HTTP. */
export async function startBuildkitd(registry: string): Promise<Buildkitd> {
  const folder = temporaryFolder('slipway-buildkitd-');
  const address = `unix://${folder.join('sock')}`;
  const config = folder.join('buildkitd.toml');
  const quoted = JSON.stringify(registry);
  await writeFile(
    config,
    `[worker.oci]\ngc = false\n[registry."docker.io"]\nmirrors = [${quoted}]\n[registry.${quoted}]\nhttp = true\n`,
  );
  const logFile = folder.join('log');
  const log = openSync(logFile, 'w');
  const args = [
    ...['--addr', address, '--root', folder.join('root'), '--config', config],
    ...['--oci-worker=true', '--containerd-worker=false', '--oci-worker-net=host'],
    ...['--otel-socket-path', folder.join('otel.sock')],
  ];
  const daemon = spawn(process.env.BUILDKITD!, args, { stdio: ['ignore', log, log] });
  const ended = once(daemon, 'exit');
  const buildctl = (command: readonly string[]): Promise<Outcome> =>
    execute(process.env.BUILDCTL!, ['--addr', address, ...command]);
  const stop = async (): Promise<void> => {
    daemon.kill('SIGTERM');
    await ended;
    spawnSync('sh', ['-c', `grep -o '${folder.path}[^ ]*' /proc/mounts | sort -r | xargs -r -n1 umount`]);
    await rm(folder.path, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const isUp = async (): Promise<boolean> => {
      if (daemon.exitCode !== null) throw new Error(await readFile(logFile, 'utf8'));
      return (await buildctl(['debug', 'workers'])).code === 0;
    };
    await eventually(isUp, { what: 'buildkitd to answer', deadlineMs: 30_000, everyMs: 200 });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    build: (args) => buildctl(['build', '--progress=plain', '--frontend=dockerfile.v0', ...args]),
    [Symbol.asyncDispose]: stop,
  };
}

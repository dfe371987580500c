import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Builder, daemon, notInstalled, notNamed } from './builder.ts';

/** dockerd with a store, a socket and a containerd of its own; it touches nothing of a docker that runs here. */
export function dockerd(name: string, buildkit: '0' | '1'): Builder {
  return daemon(
    name,
    () => notInstalled('dockerd'),
    async (folder, cgroup) => {
      const socket = `unix://${join(folder, 'docker.sock')}`;
      await writeFile(join(folder, 'daemon.json'), '{}');
      const script = '"$0" build -q --network=host -t "$2" "$1" && "$0" push -q "$2"';
      return {
        argv: [
          ...['dockerd', '--host', socket, '--data-root', join(folder, 'data')],
          ...['--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')],
          ...['--config-file', join(folder, 'daemon.json'), '--iptables=false', '--bridge=none'],
          ...['--cgroup-parent', cgroup],
        ],
        ask: ['docker', 'version'],
        env: { DOCKER_HOST: socket, DOCKER_CONFIG: folder, DOCKER_BUILDKIT: buildkit },
        build: (context, reference) => ['sh', '-ec', script, dockerCommand(), context, reference],
      };
    },
  );
}

/** A docker command that has BuildKit built in, as Debian's, where the first one on the PATH has not. */
function dockerCommand(): string {
  const debian = '/usr/bin/docker';
  return spawnSync(debian, ['--version']).error ? 'docker' : debian;
}

/** BuildKit by itself, by `BUILDKITD` and `BUILDCTL`: runc is its worker; a registry on loopback it asks over HTTP. */
export const buildkit: Builder = daemon(
  'buildkit',
  () => notNamed('BUILDKITD', 'BUILDCTL'),
  async (folder, cgroup) => {
    const address = `unix://${join(folder, 'sock')}`;
    const config = join(folder, 'buildkitd.toml');
    // On a tmpfs that is smaller than a disk its collector would throw away what the next build should find.
    const worker = ['[worker.oci]', 'gc = false', `defaultCgroupParent = ${JSON.stringify(cgroup)}`];
    await writeFile(config, `${worker.join('\n')}\n`);
    const client = [process.env.BUILDCTL!, '--addr', address];
    return {
      argv: [
        ...[process.env.BUILDKITD!, '--addr', address, '--root', join(folder, 'root'), '--config', config],
        ...['--oci-worker=true', '--containerd-worker=false', '--oci-worker-net=host'],
        ...['--otel-socket-path', join(folder, 'otel.sock')],
      ],
      ask: [...client, 'debug', 'workers'],
      build: (context, reference) => [
        ...[...client, 'build', '--progress', 'plain', '--frontend', 'dockerfile.v0'],
        ...['--local', `context=${context}`, '--local', `dockerfile=${context}`],
        ...['--output', `type=image,name=${reference},push=true,registry.insecure=true`],
      ],
    };
  },
);

// kaniko's own executor in a container, as its image has it: nothing in the root folder but the program.
import { spawnSync } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BindMount, DEFAULT_CAPABILITIES, runtimeSpec } from '@slipway/containers';

/** As the Dockerfile of kaniko's image sets it. */
const IMAGE_ENV: readonly string[] = [
  'HOME=/root',
  'USER=root',
  'PATH=/usr/local/bin:/kaniko',
  'SSL_CERT_DIR=/kaniko/ssl/certs',
  'DOCKER_CONFIG=/kaniko/.docker/',
];

export interface KanikoContainerOptions {
  /** Path of kaniko's `executor`. */
  readonly executor: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly mounts?: readonly BindMount[];
  /** Below each hierarchy's root; without it the container stays in the cgroup of the caller. */
  readonly cgroupsPath?: string;
  readonly cwd?: string;
}

/** Removes its folder in the end. */
export interface KanikoContainer extends Disposable {
  /** Runs it in the foreground, and ends with the executor's exit code. */
  readonly command: readonly string[];
}

let containers = 0;

/** Prepares a container in `folder`, which must not be there yet. It has the machine's network and Docker's capabilities. */
export function kanikoContainer(folder: string, options: KanikoContainerOptions): KanikoContainer {
  const rootfs = join(folder, 'rootfs');
  for (const name of ['kaniko/.docker', 'kaniko/ssl/certs', 'etc', 'workspace'])
    mkdirSync(join(rootfs, name), { recursive: true });
  linkOrCopy(options.executor, join(rootfs, 'kaniko/executor'));
  writeFileSync(join(rootfs, 'etc/nsswitch.conf'), 'hosts: files dns\n');
  const given = ['/etc/hosts', '/etc/resolv.conf'].map((file) => ({ source: file, destination: file }));
  const spec = runtimeSpec({
    // --force: it tells a container from a machine by names in /proc/self/cgroup, which this runtime does not give.
    args: ['/kaniko/executor', '--force', ...options.args],
    env: [...IMAGE_ENV, ...Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`)],
    cwd: options.cwd ?? '/workspace',
    user: { uid: 0, gid: 0 },
    rootfs,
    mounts: [...given, ...(options.mounts ?? [])],
    capabilities: DEFAULT_CAPABILITIES,
    hostNetwork: true,
    ...(options.cgroupsPath === undefined ? {} : { cgroupsPath: options.cgroupsPath }),
  });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(spec));
  containers += 1;
  const id = `kaniko-${process.pid}-${containers}`;
  const runc = ['runc', '--root', join(folder, 'runc')];
  return {
    command: [...runc, 'run', '--bundle', folder, id],
    [Symbol.dispose]: () => {
      spawnSync(runc[0]!, [...runc.slice(1), 'delete', '--force', id]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A build replaces nothing below /kaniko in place, so that the program may be shared where the filesystem is the same. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

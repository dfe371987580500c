import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Cost, Observed } from './observe.ts';

/** A builder with an empty store of its own. */
export interface Bench extends AsyncDisposable {
  /** Builds the context and pushes it. */
  build(context: string, reference: string): Promise<Cost>;
}

export interface Builder {
  readonly name: string;
  /** Why it cannot run here; undefined where it can. */
  readonly missing: () => string | undefined;
  /** `folder` is empty and only its own. */
  readonly open: (folder: string) => Promise<Bench>;
}

const root = dirname(dirname(import.meta.dirname));

function notInstalled(...programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => spawnSync(program, ['--version']).error);
  return missing.length === 0 ? undefined : `no ${missing.join(', ')} here`;
}

/** A builder that is a command and no daemon. */
function command(
  name: string,
  missing: () => string | undefined,
  make: (
    folder: string,
    context: string,
    reference: string,
  ) => { command: string[]; env?: NodeJS.ProcessEnv },
): Builder {
  const open = async (folder: string): Promise<Bench> => {
    const observed = new Observed(name);
    return {
      build: (context, reference) => {
        const { command: argv, env } = make(folder, context, reference);
        return observed.run(argv, env);
      },
      [Symbol.asyncDispose]: async () => observed[Symbol.dispose](),
    };
  };
  return { name, missing, open };
}

const slipway = command(
  'slipway',
  () => undefined,
  (folder, context, reference) => {
    const args = ['image', 'build', context, '-t', reference, '--push', '--quiet', '--state-dir', folder];
    return { command: [process.execPath, join(root, 'bin/slipway.js'), ...args] };
  },
);

function buildah(name: string, build: readonly string[], driver: string): Builder {
  return command(
    name,
    () => notInstalled('buildah'),
    (folder, context, reference) => {
      const store = [
        '--root',
        join(folder, 'root'),
        '--runroot',
        join(folder, 'run'),
        '--storage-driver',
        driver,
      ];
      const script =
        'b="buildah $1"; shift; $b bud --tls-verify=false -q -t "$2" $3 "$1" && $b push -q --tls-verify=false "$2"';
      const env = { TMPDIR: folder, BUILDAH_FORMAT: 'oci', HOME: folder };
      return {
        command: ['sh', '-ec', script, 'sh', store.join(' '), context, reference, build.join(' ')],
        env,
      };
    },
  );
}

const buildahOverlay = buildah(
  'buildah-overlay',
  ['--layers', '--isolation', 'oci', '--runtime', '/usr/sbin/runc'],
  'overlay',
);
const buildahVfs = buildah('buildah-vfs', ['--isolation', 'chroot'], 'vfs');

/** dockerd with a store, a socket and a containerd of its own; it touches nothing of a docker that runs here. */
function dockerd(name: string, buildkit: '0' | '1'): Builder {
  const open = async (folder: string): Promise<Bench> => {
    const observed = new Observed(name);
    const socket = `unix://${join(folder, 'docker.sock')}`;
    await writeFile(join(folder, 'daemon.json'), '{}');
    const daemon = startDaemon(observed, [
      'dockerd',
      ...['--host', socket, '--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
      ...['--pidfile', join(folder, 'pid'), '--config-file', join(folder, 'daemon.json')],
      ...['--iptables=false', '--bridge=none', '--cgroup-parent', `${observed.name}/run`],
    ]);
    const env = { DOCKER_HOST: socket, DOCKER_CONFIG: folder, DOCKER_BUILDKIT: buildkit };
    await answers(['docker', 'version'], env);
    const script = '"$0" build -q --network=host -t "$2" "$1" && "$0" push -q "$2"';
    return {
      build: (context, reference) =>
        observed.run(['sh', '-ec', script, dockerCommand(), context, reference], env),
      [Symbol.asyncDispose]: async () => {
        await stopDaemon(daemon, folder);
        observed[Symbol.dispose]();
      },
    };
  };
  return { name, missing: () => notInstalled('dockerd'), open };
}

/** A docker command that has BuildKit built in, as Debian's, where the first one on the PATH has not. */
function dockerCommand(): string {
  const debian = '/usr/bin/docker';
  return spawnSync(debian, ['--version']).error ? 'docker' : debian;
}

/** BuildKit by `BUILDKITD` and `BUILDCTL`. */
const buildkit: Builder = {
  name: 'buildkit',
  missing: () =>
    process.env.BUILDKITD && process.env.BUILDCTL ? undefined : 'BUILDKITD and BUILDCTL name no programs',
  open: async (folder) => {
    const observed = new Observed('buildkit');
    const address = `unix://${join(folder, 'sock')}`;
    const daemon = startDaemon(observed, [
      ...[process.env.BUILDKITD!, '--addr', address, '--root', join(folder, 'root'), '--config', '/dev/null'],
      ...['--oci-worker=true', '--containerd-worker=false', '--oci-worker-net=host'],
    ]);
    const client = [process.env.BUILDCTL!, '--addr', address];
    await answers([...client, 'debug', 'workers'], {});
    return {
      build: (context, reference) =>
        observed.run([
          ...[...client, 'build', '--progress', 'plain', '--frontend', 'dockerfile.v0'],
          ...['--local', `context=${context}`, '--local', `dockerfile=${context}`],
          ...['--output', `type=image,name=${reference},push=true,registry.insecure=true`],
        ]),
      [Symbol.asyncDispose]: async () => {
        await stopDaemon(daemon, folder);
        observed[Symbol.dispose]();
      },
    };
  },
};

/** kaniko by `KANIKO_EXECUTOR`, in a root folder of its own: it overwrites the one that it runs in. */
const kaniko = command(
  'kaniko',
  () => (process.env.KANIKO_EXECUTOR ? undefined : 'KANIKO_EXECUTOR names no program'),
  (folder, context, reference) => {
    const script = `r="$1/root"; rm -rf "$r"; mkdir -p "$r/kaniko" "$r/workspace" "$r/etc" "$r/proc" "$r/dev" "$r/tmp"
mount -t tmpfs tmpfs "$r/kaniko"; cp "$2" "$r/kaniko/executor"; mount --bind "$3" "$r/workspace"
mount -t proc proc "$r/proc"; mount --rbind /dev "$r/dev"; cp /etc/hosts /etc/resolv.conf "$r/etc/"
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/kaniko exec chroot "$r" /kaniko/executor --force --insecure --insecure-pull --context dir:///workspace --destination "$4"`;
    const args = ['sh', folder, process.env.KANIKO_EXECUTOR!, context, reference];
    return { command: ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec', script, ...args] };
  },
);

function startDaemon(observed: Observed, argv: readonly string[]): ChildProcess {
  const [file, ...args] = observed.inside(argv);
  return spawn(file!, args, { stdio: 'ignore' });
}

async function answers(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const [file, ...args] = argv;
  for (let tries = 0; tries < 150; tries++) {
    if (spawnSync(file!, args, { env: { ...process.env, ...env } }).status === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${argv.join(' ')} does not answer`);
}

async function stopDaemon(daemon: ChildProcess, folder: string): Promise<void> {
  const ended = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  await ended;
  // What a daemon leaves mounted.
  spawnSync('sh', [
    '-c',
    'awk -v f="$0" \'index($2, f) == 1 {print $2}\' /proc/mounts | sort -r | xargs -r -n1 umount',
    `${folder}/`,
  ]);
}

/** A builder with an empty store below `parent`, which is removed when it is disposed of. */
export async function openBench(builder: Builder, parent: string): Promise<Bench> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, `${builder.name}-`));
  const bench = await builder.open(folder);
  return {
    build: (context, reference) => bench.build(context, reference),
    [Symbol.asyncDispose]: async () => {
      await bench[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export const builders: readonly Builder[] = [
  slipway,
  dockerd('dockerd', '0'),
  dockerd('dockerd-buildkit', '1'),
  buildahOverlay,
  buildahVfs,
  buildkit,
  kaniko,
];

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findRuntime, runtimeSpec } from '@slipway/containers';
import { busyboxPath } from '../builder/workbench.ts';

const CHECKOUT = join(import.meta.dirname, '../../..');

/** What a pod asks for that drops all capabilities and adds those that files of other owners take. */
const FEW_CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETUID',
];

/** How a program in the container ended. */
export interface Ended {
  readonly code: number | null;
  /** Standard output and standard error. */
  readonly output: string;
}

/** The root file system of the executor image, as `images/executor` makes it, without Debian's packages. */
export function makeExecutorRoot(folder: string): void {
  const at = (path: string): string => join(folder, path);
  const script = join(CHECKOUT, 'images/executor/in-place-programs');
  execFileSync(script, [realpathSync(process.execPath), at('kaniko')], { stdio: 'inherit' });
  execFileSync(process.execPath, [join(CHECKOUT, 'tools/bundle.js'), at('kaniko/slipway')]);
  copyFileSync(join(CHECKOUT, 'images/executor/kaniko'), at('kaniko/executor'));
  for (const path of [
    'busybox',
    'bin',
    'etc',
    'tmp',
    'root',
    'usr/local/bin',
    'lib/here',
    'proc',
    'dev',
    'sys',
  ])
    mkdirSync(at(path), { recursive: true });
  for (const path of ['busybox/busybox', 'busybox/sh', 'busybox/sleep', 'busybox/cat', 'bin/sh'])
    copyFileSync(busyboxPath(), at(path));
  // As Debian has them, for programs that are not started from what is kept.
  cpSync(at('kaniko/lib'), at('lib/x86_64-linux-gnu'), { recursive: true });
  symlinkSync('/kaniko/bin/node', at('usr/local/bin/node'));
  // What finds out that there are no user namespaces here.
  copyWithLoader('/usr/bin/unshare', folder);
  writeFileSync(at('etc/os-release'), 'NAME=executor\n');
  writeFileSync(at('usr/of-the-executor'), 'it goes when something is built in place\n');
}

function copyWithLoader(program: string, folder: string): void {
  const script = 'cp -L --parents $(ldd "$0" | grep -o "/[^ ]*ld-linux[^ ]*") "$0" "$1"';
  execFileSync('sh', ['-euc', script, program, folder], { stdio: 'inherit' });
}

interface ContainerOptions {
  /** The root file system of the executor image. */
  readonly image: string;
  /** An empty folder for what is the container's own, not on an overlay. */
  readonly folder: string;
  /** Folders of this machine that it has at the same path. */
  readonly shared: readonly string[];
  readonly capabilities?: readonly string[] | undefined;
}

/** A container of the executor image, which runs until it is disposed of; programs are started in it as kubectl exec does. */
export class ExecutorContainer implements AsyncDisposable {
  readonly #runc: string;
  readonly #folder: string;
  readonly #id: string;

  private constructor(runc: string, folder: string, id: string) {
    this.#runc = runc;
    this.#folder = folder;
    this.#id = id;
  }

  /** Starts one with a root file system of its own, an overlay over the image's. */
  static async start(options: ContainerOptions): Promise<ExecutorContainer> {
    const { image: lower, folder, shared, capabilities = FEW_CAPABILITIES } = options;
    const { path } = await findRuntime();
    const container = new ExecutorContainer(
      path,
      folder,
      `in-place-${process.pid}-${folder.split('-').at(-1)}`,
    );
    const [upper, work, rootfs] = ['upper', 'work', 'rootfs'].map((name) => join(folder, name));
    for (const each of [upper!, work!, rootfs!]) mkdirSync(each, { recursive: true });
    execFileSync('mount', [
      '-t',
      'overlay',
      'overlay',
      '-o',
      `lowerdir=${lower},upperdir=${upper},workdir=${work}`,
      rootfs!,
    ]);
    const config = runtimeSpec({
      args: ['/busybox/sleep', '1000'],
      env: ['PATH=/usr/local/bin:/usr/bin:/bin:/busybox', 'HOME=/root'],
      cwd: '/',
      user: { uid: 0, gid: 0 },
      rootfs: rootfs!,
      mounts: shared.map((source) => ({ source, destination: source })),
      capabilities,
      seccomp: 'runtime-default',
      hostNetwork: true,
    });
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const { status } = container.#run(['run', '--detach', '--bundle', folder, container.#id]);
    if (status === 0) return container;
    await container[Symbol.asyncDispose]();
    throw new Error(`runc ended with ${status}`);
  }

  #run(args: readonly string[]): { status: number | null } {
    return spawnSync(this.#runc, ['--root', join(this.#folder, 'state'), ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  /** Starts a program in the container. */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const exec = ['--root', join(this.#folder, 'state'), 'exec', ...variables, this.#id, ...args];
    return spawn(this.#runc, exec, { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async exec(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return await ended(this.start(args, env));
  }

  /** A file of its root file system, as this machine sees it. */
  path(inside: string): string {
    return join(this.#folder, 'rootfs', inside);
  }

  /** Its processes whose command line is as asked for, by this machine's numbers. */
  processes(matches: (line: string) => boolean): number[] {
    const rows = spawnSync(
      this.#runc,
      ['--root', join(this.#folder, 'state'), 'ps', this.#id, '-eo', 'pid,args'],
      {
        encoding: 'utf8',
      },
    ).stdout;
    return rows
      .split('\n')
      .filter(matches)
      .map((line) => Number(line.trim().split(/\s+/)[0]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#run(['delete', '--force', this.#id]);
    spawnSync('umount', [join(this.#folder, 'rootfs')]);
  }
}

/** Waits for a program and has all that it wrote. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

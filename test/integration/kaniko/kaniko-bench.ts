import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContentStore, parseReference, pullImage, RegistryClient } from '@slipway/oci';
import { execute, type Outcome, root } from '../../cli.ts';
import { type KanikoContainer, kanikoContainer } from '../../kaniko-container.ts';
import { Workbench } from '../builder/workbench.ts';

/** kaniko's own executor, to see where ours differs; undefined for ours. */
const THEIRS = process.env.KANIKO_EXECUTOR;
const EXECUTOR = join(root, 'packages/builder/src/kaniko/main.ts');
export const FROM = 'FROM docker.io/library/busybox:1\n';

export interface ExecutorOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A file for standard input. */
  readonly stdin?: string;
}

type Pulled = Awaited<ReturnType<typeof pullImage>>;

/** A context with several Dockerfiles, a registry with busybox, and the executor as a process. */
export class KanikoBench implements AsyncDisposable {
  readonly bench: Workbench;
  readonly context: string;
  #names = 0;

  private constructor(bench: Workbench) {
    this.bench = bench;
    this.context = bench.context({
      Dockerfile: `${FROM}ARG GREETING=none\nARG FROM_ENV\nCOPY file.txt /\nRUN echo "$GREETING $FROM_ENV" | tee /greeting; mkdir -p /noise; date > /noise/x\n`,
      'file.txt': 'content',
      'sub/Dockerfile': `${FROM}RUN echo sub > /sub\n`,
      'failing.Dockerfile': `${FROM}RUN exit 7\n`,
      'secret.Dockerfile': `${FROM}RUN --mount=type=secret,id=key test "$(cat /run/secrets/key)" = opensesame\n`,
      'binary.Dockerfile': `${FROM}RUN --mount=type=secret,id=key sha256sum /run/secrets/key > /sum\n`,
      'stages.Dockerfile': `${FROM.trim()} AS one\nRUN echo 1 > /one\n${FROM}RUN echo 2 > /two\n`,
      'wrong.Dockerfile': `${FROM}RUNN make\n`,
      'secret.txt': 'opensesame',
    });
    writeFileSync(join(this.context, 'file.bin'), Buffer.from([0xff, 0x00, 0xc3, 0x28]));
  }

  static async open(): Promise<KanikoBench> {
    const bench = await Workbench.open();
    await bench.pushBusybox();
    return new KanikoBench(bench);
  }

  /** Runs the executor; images of docker.io come from the registry. */
  async executor(args: readonly string[], options: ExecutorOptions = {}): Promise<Outcome> {
    const cwd = this.bench.folder.path;
    // kaniko knows docker.io by its old name.
    const map = `docker.io=${this.bench.registry};index.docker.io=${this.bench.registry}`;
    const env = { KANIKO_REGISTRY_MAP: map, HOME: cwd, ...options.env };
    using container = THEIRS === undefined ? undefined : this.#container(THEIRS, args, env);
    const ours = [process.execPath, '--disable-warning=ExperimentalWarning', EXECUTOR, ...args];
    const shell = ['-c', 'exec "$@" < "$INPUT"', 'sh', ...(container?.command ?? ours)];
    return await execute('sh', shell, { cwd, env: { ...env, INPUT: options.stdin ?? '/dev/null' } });
  }

  /** It overwrites the root folder that it runs in; the test's files are at the same place there. */
  #container(
    executor: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): KanikoContainer {
    this.#names += 1;
    const { path } = this.bench.folder;
    return kanikoContainer(`${path}-kaniko-${this.#names}`, {
      executor,
      args,
      env: { ...env, HOME: '/root' },
      mounts: [{ source: path, destination: path }],
      cwd: path,
    });
  }

  /** A name in the registry that no test used before. */
  destination(): string {
    this.#names += 1;
    return `${this.bench.registry}/app/image-${this.#names}:v1`;
  }

  /** A path for something that a build writes. */
  out(name: string): string {
    return this.bench.folder.join(`out-${name}`);
  }

  async pull(name: string): Promise<Pulled> {
    const store = await ContentStore.open(this.bench.folder.join('pulled'));
    return await pullImage({ client: new RegistryClient(), ref: parseReference(name), store });
  }

  /** The content of a file, from the uppermost layer that has it; undefined where none has. */
  async fileOf(name: string, path: string): Promise<string | undefined> {
    const { layers } = (await this.pull(name)).manifest;
    const store = await ContentStore.open(this.bench.folder.join('pulled'));
    for (const { digest } of layers.toReversed()) {
      const found = spawnSync('tar', ['-xOf', store.path(digest), path], { encoding: 'utf8' });
      if (found.status === 0) return found.stdout;
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
  }
}

export const push = (name: string): string => `--destination=${name}`;

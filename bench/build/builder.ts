import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
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

export function notInstalled(...programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => spawnSync(program, ['--version']).error);
  return missing.length === 0 ? undefined : `no ${missing.join(', ')} here`;
}

/** Why programs that environment variables name cannot be had; undefined when each of them is one. */
export function notNamed(...variables: readonly string[]): string | undefined {
  const unset = variables.filter((variable) => !process.env[variable]);
  if (unset.length > 0) return `${unset.join(' and ')} ${unset.length > 1 ? 'name' : 'names'} no program`;
  return notInstalled(...variables.map((variable) => process.env[variable]!));
}

/** A builder that is a command and no daemon. */
export function command(
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

/** What a daemon is started with, and how it is asked to build. */
export interface DaemonOptions {
  readonly argv: readonly string[];
  /** Fails as long as the daemon is not up. */
  readonly ask: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly build: (context: string, reference: string) => readonly string[];
}

/** A builder that is a daemon with a command that asks it. */
export function daemon(
  name: string,
  missing: () => string | undefined,
  prepare: (folder: string, cgroup: string) => Promise<DaemonOptions>,
): Builder {
  const open = async (folder: string): Promise<Bench> => {
    const observed = new Observed(name);
    const { argv, ask, env = {}, build } = await prepare(folder, `${observed.name}/run`);
    const [file, ...args] = observed.inside(argv);
    const child = spawn(file!, args, { stdio: 'ignore' });
    const close = async (): Promise<void> => {
      await stop(child, folder);
      observed[Symbol.dispose]();
    };
    try {
      await answers(child, ask, env);
    } catch (error) {
      await close();
      throw error;
    }
    return {
      build: (context, reference) => observed.run(build(context, reference), env),
      [Symbol.asyncDispose]: close,
    };
  };
  return { name, missing, open };
}

async function answers(child: ChildProcess, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const [file, ...args] = argv;
  for (let tries = 0; tries < 150 && child.exitCode === null; tries++) {
    if (spawnSync(file!, args, { env: { ...process.env, ...env } }).status === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${child.spawnargs.at(-1)}: the daemon does not answer ${argv.join(' ')}`);
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
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
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const bench = await builder.open(folder);
    return {
      build: (context, reference) => bench.build(context, reference),
      [Symbol.asyncDispose]: async () => {
        await bench[Symbol.asyncDispose]();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

// A throw-away user of this machine, and the command line run as that user. Needs root.
import assert from 'node:assert/strict';
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliOptions, execute, type Outcome, root } from './cli.ts';

export interface OrdinaryUser extends AsyncDisposable {
  readonly name: string;
  readonly home: string;
  /** Runs any program as this user, in its home folder. */
  run(command: string, args: readonly string[], options?: CliOptions): Promise<Outcome>;
  /** Runs `slipway <args>` as this user. */
  slipway(args: readonly string[], options?: CliOptions): Promise<Outcome>;
}

/** Makes a user with a range of subordinate ids, or without. */
export async function ordinaryUser(options: { readonly subordinateIds: boolean }): Promise<OrdinaryUser> {
  const name = `slipway-t${Math.random().toString(36).slice(2, 10)}`;
  const folder = await mkdtemp(join(tmpdir(), 'slipway-user-'));
  const home = join(folder, 'home');
  await succeed('chmod', ['755', folder]);
  // Whatever the machine's useradd hands out by itself, ids that nobody else has are given below.
  await succeed('useradd', ['--system', '--create-home', '--home-dir', home, '--shell', '/bin/sh', name]);
  if (options.subordinateIds) {
    const start = 500_000_000 + Math.floor(Math.random() * 10_000) * 65_536;
    for (const file of ['/etc/subuid', '/etc/subgid']) await appendFile(file, `${name}:${start}:65536\n`);
  }
  const run: OrdinaryUser['run'] = async (command, args, rest = {}) => {
    const as = [`--reuid=${name}`, `--regid=${name}`, '--init-groups', '--reset-env'];
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', ...rest.env };
    const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
    return execute('setpriv', [...as, 'env', `HOME=${home}`, ...variables, command, ...args], {
      cwd: home,
      ...rest,
    });
  };
  const checkout = await readableCheckout(folder, run);
  const program = [join(checkout, 'node_modules/node/bin/node'), join(checkout, 'bin/slipway.js')] as const;
  return {
    name,
    home,
    run,
    slipway: (args, rest) =>
      run(program[0], ['--disable-warning=ExperimentalWarning', program[1], ...args], rest),
    [Symbol.asyncDispose]: async () => {
      await succeed('userdel', [name]); // takes the subordinate ids along
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The checkout itself, or a copy of it when only root may read it. */
async function readableCheckout(folder: string, run: OrdinaryUser['run']): Promise<string> {
  const parts = ['package.json', 'tsconfig.json', 'bin', 'tools', 'packages', 'images', 'node_modules'];
  const main = join(root, 'packages/cli/src/main.ts');
  if ((await run('test', ['-r', main])).code === 0) return root;
  const copy = join(folder, 'checkout');
  for (const part of parts)
    await cp(join(root, part), join(copy, part), { recursive: true, verbatimSymlinks: true });
  await succeed('chmod', ['-R', 'a+rX', copy]);
  return copy;
}

async function succeed(command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await execute(command, args);
  assert.equal(code, 0, `${command} ${args.join(' ')}: ${stderr}`);
}

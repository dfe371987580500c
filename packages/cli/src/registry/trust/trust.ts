import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { promisify } from 'node:util';
import { SlipwayError } from '@slipway/core';
import { controlPlaneEndpoints, defaultStateDir, stateFolder } from '@slipway/daemon';
import { registryHosts } from '../place.ts';
import { printResult } from '../print.ts';
import { install, missingFiles, removableFiles, uninstall } from './install.ts';
import { type TrustPlan, type TrustTarget, trustPlan } from './plan.ts';
import { readRecord, recordFile } from './record.ts';

export interface TrustOptions {
  readonly undo?: boolean;
  readonly yes?: boolean;
  readonly registry: string[];
  readonly root: string;
  readonly stateDir?: string;
  readonly output: 'text' | 'json';
}

/** What will change, or has changed. */
interface Change {
  readonly action: 'write' | 'remove';
  readonly paths: readonly string[];
  readonly command: readonly string[] | undefined;
}

/** `slipway registry trust`: says what it will write or remove, asks, and does it. */
export async function trust(target: TrustTarget, options: TrustOptions): Promise<void> {
  const stateDir = options.stateDir ?? defaultStateDir();
  const record = recordFile(stateDir, target);
  const plan = await planOf(target, stateDir, options);
  if (options.undo) {
    const paths = await removableFiles(await readRecord(record));
    await carryOut({ action: 'remove', paths, command: plan.command }, options, () =>
      uninstall(paths, record),
    );
    return;
  }
  const files = await missingFiles(plan.files, await readRecord(record));
  const paths = files.map(({ path }) => path);
  await carryOut({ action: 'write', paths, command: plan.command }, options, () => install(files, record));
}

async function planOf(target: TrustTarget, stateDir: string, options: TrustOptions): Promise<TrustPlan> {
  const root = resolve(options.root);
  const home = process.geteuid?.() === 0 ? undefined : homedir();
  // To undo, the record says what there is.
  if (options.undo) return trustPlan(target, { ca: '', hosts: [], root, home });
  const ca = await readFile(`${stateFolder(stateDir).pki}/ca.crt`, 'utf8').catch((cause) => {
    throw new SlipwayError('not-found', 'NO_CA', `there is no CA in ${stateDir} yet`, {
      hint: 'it is made at the first start: slipway up --detach',
      cause,
    });
  });
  return trustPlan(target, { ca, hosts: await hostsOf(target, stateDir, options), root, home });
}

async function hostsOf(
  target: TrustTarget,
  stateDir: string,
  options: TrustOptions,
): Promise<readonly string[]> {
  if (target === 'system' || options.registry.length > 0) return options.registry;
  return registryHosts((await controlPlaneEndpoints(stateDir)).registry);
}

async function carryOut(change: Change, options: TrustOptions, work: () => Promise<void>): Promise<void> {
  // A store below another root is not this system's.
  const command = resolve(options.root) === '/' ? change.command : undefined;
  const { action, paths } = change;
  if (paths.length > 0) {
    process.stderr.write(describe({ ...change, command }));
    await confirm(options);
    await work();
    if (command !== undefined) await run(command);
  }
  const done = action === 'write' ? 'written' : 'removed';
  printResult(options.output, { [done]: paths }, () =>
    paths.length === 0 ? 'nothing to do\n' : `${done}\n`,
  );
}

function describe({ action, paths, command }: Change): string {
  const lines = paths.map((path) => `  ${path}\n`).join('');
  return `will ${action}:\n${lines}${command === undefined ? '' : `and run: ${command.join(' ')}\n`}`;
}

async function confirm({ yes, output }: TrustOptions): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || output === 'json') {
    throw new SlipwayError('usage', 'NOT_CONFIRMED', 'nothing was done: there is nobody to ask', {
      hint: 'add --yes to do it',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('do it? [y/N] ');
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) {
    throw new SlipwayError('cancelled', 'NOT_CONFIRMED', 'nothing was done');
  }
}

async function run([program = '', ...args]: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(program, args);
  } catch (cause) {
    throw new SlipwayError('failed', 'TRUST_COMMAND', `${program} failed: ${(cause as Error).message}`, {
      hint: 'the files stay; run it yourself, or take them back with --undo',
      cause,
    });
  }
}

import type { Command } from 'commander';
import { outputOption, stateDirOption } from './options.ts';

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('whether a control plane runs, and where; exit code 4 when none does')
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(async (options: { stateDir?: string; output: 'text' | 'json' }) => status(options));
}

async function status(options: { stateDir?: string; output: 'text' | 'json' }): Promise<void> {
  const [{ SlipwayError }, { defaultStateDir, findRunning, recordedPolicy, stateFolder }] = await Promise.all(
    [import('@slipway/core'), import('@slipway/daemon')],
  );
  const folder = stateFolder(options.stateDir ?? defaultStateDir());
  const running = await findRunning(folder);
  if (running === undefined) {
    throw new SlipwayError('not-found', 'NOT_RUNNING', `no control plane runs in ${folder.root}`, {
      hint: 'start one with "slipway up --detach"',
    });
  }
  const { pid, startedAt, api, registry, serviceAddress } = running;
  const policy = await recordedPolicy(folder);
  const { kubeconfig, root: stateDir } = folder;
  const facts = { pid, startedAt, api, registry, serviceAddress, kubeconfig, stateDir, policy };
  if (options.output === 'json') process.stdout.write(`${JSON.stringify(facts)}\n`);
  else
    for (const [name, value] of Object.entries(facts))
      process.stdout.write(`${name.padEnd(16)}${value ?? 'starting'}\n`);
}

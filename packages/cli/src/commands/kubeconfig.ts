import type { Command } from 'commander';
import { stateDirOption } from './options.ts';

export function registerKubeconfig(program: Command): void {
  program
    .command('kubeconfig')
    .description('print the kubeconfig of the embedded control plane (it holds the administrator’s token)')
    .addOption(stateDirOption())
    .action(async (options: { stateDir?: string }) => {
      const [{ SlipwayError }, { defaultStateDir, stateFolder }, { readFile }] = await Promise.all([
        import('@slipway/core'),
        import('@slipway/daemon'),
        import('node:fs/promises'),
      ]);
      const folder = stateFolder(options.stateDir ?? defaultStateDir());
      const text = await readFile(folder.kubeconfig, 'utf8').catch((cause) => {
        throw new SlipwayError('not-found', 'NOT_RUNNING', `there is no kubeconfig in ${folder.root} yet`, {
          hint: 'start the control plane with "slipway up --detach"',
          cause,
        });
      });
      process.stdout.write(text);
    });
}

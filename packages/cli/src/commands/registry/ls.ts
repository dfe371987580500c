import type { Command } from 'commander';
import { outputOption, stateDirOption } from '../options.ts';

export function registerLs(registry: Command): void {
  registry
    .command('ls')
    .description('list the repositories')
    .argument('[prefix]', 'only this namespace or repository')
    .option('--mirrors', 'those of the mirror, too')
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(
      async (
        prefix: string | undefined,
        options: { mirrors?: boolean; stateDir?: string; output: 'text' | 'json' },
      ) => {
        const { listRepositories } = await import('../../registry/list-repositories.ts');
        await listRepositories(prefix, options);
      },
    );
}

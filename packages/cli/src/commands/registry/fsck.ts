import type { Command } from 'commander';
import { outputOption, stateDirOption } from '../options.ts';

export function registerFsck(registry: Command): void {
  registry
    .command('fsck')
    .description('check that everything the registry promises is there; exit code 1 when it is not')
    .option('--deep', 'read every file and compare its digest')
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(async (options: { deep?: boolean; stateDir?: string; output: 'text' | 'json' }) => {
      const { checkRegistry } = await import('../../registry/check.ts');
      await checkRegistry(options);
    });
}

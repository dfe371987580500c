import type { Command } from 'commander';
import { outputOption, stateDirOption } from '../options.ts';

export function registerGc(registry: Command): void {
  registry
    .command('gc')
    .description('free the space of what no image needs; clients may push meanwhile')
    .option('--dry-run', 'say what would go, and remove nothing')
    .option('--untagged', 'images that no tag and no index names, too')
    .option('--grace <duration>', 'what was used within this time stays (default: 1h)')
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(
      async (options: {
        dryRun?: boolean;
        untagged?: boolean;
        grace?: string;
        stateDir?: string;
        output: 'text' | 'json';
      }) => {
        const { collectGarbage } = await import('../../registry/collect-garbage.ts');
        await collectGarbage(options);
      },
    );
}

import { Argument, type Command } from 'commander';
import type { TrustTarget } from '../../registry/trust/plan.ts';
import type { TrustOptions } from '../../registry/trust/trust.ts';
import { collect, outputOption, stateDirOption } from '../options.ts';

export function registerTrust(registry: Command): void {
  registry
    .command('trust')
    .description('make a client on this machine trust the registry’s certificate')
    .addArgument(new Argument('<client>', 'whose trust').choices(['docker', 'podman', 'system']))
    .option('--undo', 'remove what an earlier trust wrote, and nothing else')
    .option('-y, --yes', 'do not ask')
    .option(
      '--registry <host:port>',
      'name of the registry; repeatable (default: all its names)',
      collect,
      [],
    )
    .option('--root <folder>', 'folder that stands for /', '/')
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(async (target: TrustTarget, options: TrustOptions) => {
      const { trust } = await import('../../registry/trust/trust.ts');
      await trust(target, options);
    });
}

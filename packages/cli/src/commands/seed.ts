import type { Command } from 'commander';
import { ranInNamespace } from './in-namespace.ts';
import { outputOption, stateDirOption } from './options.ts';

export interface SeedCommandOptions {
  force?: boolean;
  list?: boolean;
  stateDir?: string;
  output: 'text' | 'json';
}

export function registerSeed(program: Command): void {
  program
    .command('seed')
    .description('assemble stand-ins for well-known base images from Debian packages')
    .argument('[image...]', 'which ones (default: all)')
    .option('--force', 'make them again even when nothing changed')
    .option('--list', 'say which there are, and make nothing')
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(async (images: string[], options: SeedCommandOptions) => {
      if (!options.list && (await ranInNamespace(options))) return;
      const { runSeed } = await import('../seed/seed.ts');
      await runSeed(images, options);
    });
}

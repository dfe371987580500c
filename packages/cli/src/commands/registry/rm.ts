import type { Command } from 'commander';
import { outputOption, stateDirOption } from '../options.ts';

export function registerRm(registry: Command): void {
  registry
    .command('rm')
    .description('remove a tag, or by digest an image with all its tags')
    .argument('<reference>', 'like team/app:1.0 or team/app@sha256:…')
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(async (reference: string, options: { stateDir?: string; output: 'text' | 'json' }) => {
      const { removeImage } = await import('../../registry/remove.ts');
      await removeImage(reference, options);
    });
}

import type { Command } from 'commander';
import { ranInNamespace } from './in-namespace.ts';
import { stateDirOption } from './options.ts';

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'the main job on this machine: from a Git URL to a pushed image, and back to a running program',
    )
    .option('--keep', 'leave the control plane running')
    .addOption(stateDirOption())
    .action(async (options: { keep?: boolean; stateDir?: string }) => {
      if (await ranInNamespace(options)) return;
      const { runDemo } = await import('../demo/demo.ts');
      await runDemo(options);
    });
}

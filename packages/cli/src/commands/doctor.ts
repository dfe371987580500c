import type { Command } from 'commander';
import { outputOption } from './options.ts';

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('what this machine can do, what is missing, and what each costs')
    .addOption(outputOption())
    .action(async (options: { output: 'text' | 'json' }) => {
      const { runDoctor } = await import('../doctor.ts');
      await runDoctor(options.output);
    });
}

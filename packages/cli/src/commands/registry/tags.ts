import type { Command } from 'commander';
import { outputOption, stateDirOption } from '../options.ts';

export function registerTags(registry: Command): void {
  registry
    .command('tags')
    .description('list the tags of a repository with their digests')
    .argument('<repository>', 'like team/app, or docker.io/library/golang for the mirror')
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(async (repository: string, options: { stateDir?: string; output: 'text' | 'json' }) => {
      const { listTags } = await import('../../registry/list-tags.ts');
      await listTags(repository, options);
    });
}
